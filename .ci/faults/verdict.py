"""What a script found, against what it expected."""


class Verdict:
    def __init__(self):
        self.wrong = []

    def check(self, what, found, expected):
        print(f"{'ok' if found == expected else 'WRONG'}: {what}: {found}" + ("" if found == expected else f", expected {expected}"), flush=True)
        if found != expected:
            self.wrong.append(what)

    def exit_code(self):
        """1 if anything was wrong, which is said once more."""
        for what in self.wrong:
            print(f"WRONG: {what}")
        return 1 if self.wrong else 0
