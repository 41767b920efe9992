# python3, json.dumps and loads of nested lists
python3 -c '
import json
row = {"name": "item", "tags": ["a", "bb", "ccc"], "size": 12345, "price": 1.25, "parts": [{"k": i, "v": str(i)} for i in range(30)]}
total = 0
for i in range(12_000):
    row["size"] = i
    total += len(json.dumps(json.loads(json.dumps(row))))
print(total)'
