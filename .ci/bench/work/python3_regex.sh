# python3, regular expressions over 2 MB
python3 -c '
import re
text = "".join("user%d@example%d.org, /path/%x?q=%d; " % (i, i % 7, i * 31, i % 97) for i in range(48_000))
print(len(re.findall(r"\w+@example[135]\.org", text)), len(re.sub(r"q=(\d)\d*", r"r=\1", text)), len(re.split(r"[;,]\s+", text)))'
