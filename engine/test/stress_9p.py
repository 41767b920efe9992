#!/usr/bin/env python3
"""What programs do with files, done in a directory; prints one line for each thing, with what came of it.

Run in a guest on a mapped directory and on a local one: the lines must be equal, as they hold nothing that may differ
(no modes, owners or inode numbers).

Usage: stress_9p.py DIRECTORY [CHECK…]: those checks, or all."""
import errno
import fcntl
import hashlib
import mmap
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def failing(call, *arguments, **words):
    try:
        call(*arguments, **words)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "no error"


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


@check
def write_append_truncate():
    Path("f").write_text("one\n")
    with open("f", "a") as file:
        file.write("two\n")
        file.flush()
        file.write("three\n")
    with open("f", "r+b") as file:
        file.seek(4)
        file.write(b"TWO")
        file.truncate(10)
        file.seek(0, os.SEEK_END)
        yield file.tell()
    os.truncate("f", 12)
    yield Path("f").read_bytes()
    yield failing(open, "f/x"), failing(open, "none"), failing(open, ".", "w")
    yield failing(os.open, "f", os.O_CREAT | os.O_EXCL | os.O_WRONLY)


@check
def two_writers_appending():
    first, second = (os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT) for _ in range(2))
    for i in range(50):
        os.write(first, b"a%d\n" % i)
        os.write(second, b"b%d\n" % i)
    os.close(first), os.close(second)
    yield digest(Path("log").read_bytes()), os.stat("log").st_size


@check
def unlink_and_replace_while_open():
    file = open("u", "w+b")
    file.write(b"kept")
    file.flush()
    os.unlink("u")
    Path("u").write_bytes(b"other")
    file.seek(0)
    yield file.read(), os.fstat(file.fileno()).st_size, Path("u").read_bytes()
    os.ftruncate(file.fileno(), 2)
    yield os.pread(file.fileno(), 10, 0)
    Path("v").write_bytes(b"new")
    reader = open("u", "rb")
    os.replace("v", "u")
    yield reader.read(), Path("u").read_bytes(), sorted(os.listdir("."))
    file.close(), reader.close()
    with tempfile.TemporaryFile(dir=".") as temporary:
        temporary.write(b"x" * 100000)
        temporary.seek(99990)
        yield temporary.read()


@check
def directories():
    os.makedirs("a/b/c/d")
    Path("a/b/c/d/file").write_text("deep")
    handle = open("a/b/c/d/file")
    here = os.open("a/b", os.O_RDONLY | os.O_DIRECTORY)
    os.rename("a", "z")
    yield handle.read(), os.listdir(here), Path("z/b/c/d/file").read_text()
    os.fsync(here)
    os.close(here)
    yield failing(os.rmdir, "z"), failing(os.rename, "z", "z/b/y"), failing(os.mkdir, "z"), failing(os.unlink, "z")
    os.mkdir("empty")
    os.rename("z", "empty")
    yield os.listdir("."), failing(os.rename, "empty", "none/x")
    os.chdir("empty/b")
    yield os.getcwd().endswith("empty/b"), os.listdir("../..")
    os.chdir("../..")
    shutil.copytree("empty", "copy")
    yield sorted(str(path) for path in Path("copy").rglob("*"))


@check
def large_directory():
    os.mkdir("many")
    names = [f"entry-number-{i:05d}" for i in range(3000)]
    for name in names:
        Path("many", name).write_text(name)
    yield sorted(os.listdir("many")) == names
    seen = 0
    with os.scandir("many") as entries:  # deleting while reading
        for entry in entries:
            seen += entry.is_file()
            os.unlink(entry.path)
    yield seen, os.listdir("many")
    os.rmdir("many")


@check
def links():
    Path("target").write_text("text")
    os.symlink("target", "link")
    os.symlink("none", "dangling")
    os.link("target", "hard")
    yield os.readlink("link"), Path("link").read_text(), os.stat("target").st_nlink, os.path.samefile("target", "hard")
    yield os.path.islink("dangling"), os.path.exists("dangling"), failing(open, "dangling")
    Path("hard").write_text("changed")
    yield Path("target").read_text()
    os.unlink("target")
    yield Path("hard").read_text(), failing(open, "link"), os.lstat("link").st_size


@check
def sparse_and_far():
    with open("far", "wb+") as file:
        file.seek(5 << 30)
        file.write(b"end")
        file.flush()
        yield os.fstat(file.fileno()).st_size, os.pread(file.fileno(), 4, 1 << 30), os.pread(file.fileno(), 9, 5 << 30)
    os.truncate("far", 10)
    yield Path("far").read_bytes()


@check
def mapped():
    with open("map", "wb+") as file:
        file.truncate(3 * 4096 + 5)
        with mmap.mmap(file.fileno(), 0) as memory:
            memory[5000:5005] = b"hello"
            memory[-1:] = b"!"
            memory.flush()
            yield os.pread(file.fileno(), 5, 5000)
            memory[0:1] = b"S"
    data = Path("map").read_bytes()
    yield data[:1], data[-1:], digest(data)
    with open("map", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        yield digest(memory[:])


@check
def locks():
    with open("lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.flock(file, fcntl.LOCK_UN)
        fcntl.lockf(file, fcntl.LOCK_EX)
        script = "import fcntl,sys\ntry: fcntl.lockf(open('lock','a'), fcntl.LOCK_EX | fcntl.LOCK_NB)\n" \
                 "except OSError: sys.exit(7)"
        yield subprocess.run([sys.executable, "-c", script]).returncode
        fcntl.lockf(file, fcntl.LOCK_UN)
        yield subprocess.run([sys.executable, "-c", script]).returncode


@check
def times_and_modes():
    Path("t").write_text("")
    os.utime("t", ns=(1_000_000_001_000_000_000, 1_500_000_000_000_000_000))
    status = os.stat("t")
    yield status.st_atime_ns, status.st_mtime_ns
    os.chmod("t", 0o644)
    os.chown("t", os.getuid(), os.getgid())
    shutil.copystat("t", "t")
    os.utime("t")
    yield os.stat("t").st_mtime > 1_600_000_000
    before = os.stat(".").st_mtime_ns
    Path("t2").write_text("")
    yield os.stat(".").st_mtime_ns >= before, os.statvfs(".").f_namemax, failing(os.mkdir, "n" * 256)
    os.mkdir("n" * 255)
    os.mkdir("names with spaces, \u00e4\u20ac\U0001f600 and 'quotes'")
    yield sorted(os.listdir("."))


@check
def sqlite():
    for journal in ("delete", "truncate", "persist", "memory", "wal"):
        base = sqlite3.connect(f"{journal}.db")
        yield journal, base.execute(f"pragma journal_mode={journal}").fetchone()
        base.execute("create table t (id integer primary key, text text, number real)")
        with base:
            base.executemany("insert into t (text, number) values (?, ?)", ((f"row {i}", i / 7) for i in range(2000)))
        with base:
            base.execute("update t set text = text || '!' where id % 3 = 0")
            base.execute("delete from t where id % 5 = 0")
        try:
            with base:
                base.execute("delete from t")
                raise KeyError
        except KeyError:
            pass
        base.execute("vacuum")
        yield base.execute("select count(*), sum(id), max(text) from t").fetchone()
        yield base.execute("pragma integrity_check").fetchone()
        base.close()
        other = sqlite3.connect(f"{journal}.db")
        yield other.execute("select count(*) from t").fetchone()
        other.close()


@check
def archives():
    os.makedirs("tree/sub")
    for i in range(40):
        Path("tree/sub", f"f{i}").write_bytes(bytes([i]) * (i * 997))
    with tarfile.open("a.tar.gz", "w:gz") as archive:
        archive.add("tree")
    with tarfile.open("a.tar.gz") as archive:
        archive.extractall("from-tar", filter="data")
    with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(Path("tree").rglob("*")):
            archive.write(path)
    with zipfile.ZipFile("a.zip") as archive:
        archive.extractall("from-zip")
    for top in ("from-tar", "from-zip"):
        yield digest(b"".join(path.read_bytes() for path in sorted(Path(top).rglob("f*"))))


@check
def shell():
    script = """set -e
    seq 1 20000 > numbers; sort -rn numbers | uniq | wc -l; grep -c 7 numbers; sed -i s/7/seven/ numbers; tail -1 numbers
    mkdir d; cp -a numbers d/; cp -r d e; mv e/numbers e/renamed; ln -s ../numbers e/link; cat e/link | sha256sum
    for i in $(seq 200); do echo $i > d/$i; done; find d -type f | wc -l; cat d/* | sha256sum; diff -r d d && echo same
    tar cf - d | tar tf - | wc -l; rm -rf d e; ls; dd if=/dev/zero of=z bs=1000 count=300 conv=fsync 2>/dev/null
    dd if=numbers of=z bs=1 seek=1000 count=100 conv=notrunc 2>/dev/null; sha256sum z; test -x z || echo plain
    : > z; wc -c < z; echo a >> z; echo b >> z; cat z; exec 3<> z; echo C >&3; cat z; touch -d @1000 z; stat -c %Y z"""
    yield subprocess.run(["bash", "-c", script], capture_output=True, text=True)


@check
def many_open_files_and_threads():
    files = [open(f"o{i}", "w+") for i in range(300)]
    for i, file in enumerate(files):
        file.write(str(i))
    for file in files:
        file.close()
    yield sum(int(Path(f"o{i}").read_text()) for i in range(300))

    def work(number):
        for i in range(30):
            Path(f"w{number}").write_bytes(bytes([i]) * 5000)
            os.replace(f"w{number}", f"x{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield [digest(Path(f"x{number}").read_bytes()) for number in range(6)]


def main():
    wanted = sys.argv[2:]
    for function in CHECKS:
        if wanted and function.__name__ not in wanted:
            continue
        place = tempfile.mkdtemp(dir=sys.argv[1])
        os.chdir(place)
        try:
            for result in function():
                print(function.__name__, str(result).replace(place, "DIR"), flush=True)
        except Exception as error:
            print(function.__name__, "failed:", repr(error).replace(place, "DIR"), flush=True)
        os.chdir(sys.argv[1])
        shutil.rmtree(place)
    print("left:", os.listdir(sys.argv[1]))


main()
