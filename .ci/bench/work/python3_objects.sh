# python3, tasks of classes that send each other packets
python3 -c '
class Task:
    def __init__(self, name, others):
        self.name, self.others, self.inbox, self.done = name, others, [], 0

    def take(self, packet):
        self.inbox.append(packet)

    def step(self):
        if not self.inbox:
            return False
        packet = self.inbox.pop()
        self.done += self.work(packet)
        if packet["left"]:
            packet["left"] -= 1
            self.others[(self.done + packet["left"]) % len(self.others)].take(packet)
        return True

    def work(self, packet):
        return len(self.name) + packet["left"] % 7

class Sorter(Task):
    def work(self, packet):
        return sum(sorted((packet["left"] * k) % 13 for k in range(6))[:3])

tasks = []
for k in range(8):
    tasks.append((Sorter if k % 2 else Task)(f"task{k}", tasks))
for k in range(40):
    tasks[k % 8].take({"left": 5000})
while any([task.step() for task in tasks]):
    pass
print([task.done for task in tasks])'
