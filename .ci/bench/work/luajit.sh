# luajit, code that appears at run time
luajit -e '
local n, count = 3000000, 0
local marks = {}
for i = 2, n do
  if not marks[i] then
    count = count + 1
    for j = i * 2, n, i do marks[j] = true end
  end
end
local x = 0
for i = 1, 100000000 do x = (x * 1103515245 % 4294967296 + 12345 + i) % 2147483648 end
print(count, x)'
