"""Machines that run the guest: QEMU's, laid out like the engine's board (docs/FORMATS.md, "The board"), and the engine's."""

import os
import resource
import socket
import subprocess
import tempfile
import threading

PORTS = ("stdin", "stdout", "stderr", "control")
TIME_LIMIT_SECONDS = 300  # for what hangs: all else ends long before, on a busy machine too
SHARE_PATH = "/mnt/a/b"  # where a shared folder appears
TWICE_PATH = "/mnt/twice"  # where it appears once more


class Outcome:
    """What a container left behind: its streams, its exit code, and what the run's errors say."""

    def __init__(self, stdout, stderr, exit_code, errors):
        self.stdout = stdout
        self.stderr = stderr
        self.exit_code = exit_code
        self.errors = errors


def cpio_with(name, content):
    """A newc archive (cpio(5)) of one file."""

    def member(path, mode, data):
        fields = [1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0]
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + path + b"\0"
        return pad(head) + pad(data)

    def pad(data):
        return data + b"\0" * (-len(data) % 4)

    return member(name.encode(), 0o100444, content) + member(b"TRAILER!!!", 0, b"")


def launch_description(records):
    return b"".join(
        record.encode("utf-8", "surrogateescape") + b"\0" for record in ["oci2wasm-launch=1", *records]
    )


class EngineMachine:
    """One run in the engine built natively. There is no talking to it: the host's side of the control port is its own."""

    def __init__(self, engine, guest, rootfs, records, stdin=b"", share=None, twice=False, options=(),
                 address_space=None, scratch=None):
        self.command = [engine, "--kernel", f"{guest}/kernel.img", "--initramfs", f"{guest}/initramfs.cpio"]
        self.command += ["--rootfs", rootfs]
        if share is not None:
            self.command += ["--share", f"{SHARE_PATH}={share}"]
        if twice:
            self.command += ["--share", f"{TWICE_PATH}={share}"]
        if scratch is not None:
            self.command += ["--share", f"/.oci2wasm/scratch={scratch}"]
        self.options = options
        self.address_space = address_space  # bytes the engine may map, or None
        self.launch = launch_description(records)
        self.stdin = stdin

    def limit(self):
        if self.address_space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (self.address_space, self.address_space))

    def run(self):
        with tempfile.NamedTemporaryFile() as launch:
            launch.write(self.launch)
            launch.flush()
            command = [*self.command, "--launch", launch.name, "--", *self.options]
            # Its own environment would be the container's.
            done = subprocess.run(
                command, input=self.stdin, capture_output=True, timeout=TIME_LIMIT_SECONDS, env={},
                preexec_fn=self.limit
            )
        prefix = b"oci2wasm: "
        lines = done.stderr.splitlines(keepends=True)
        errors = [line.removeprefix(prefix).decode().strip() for line in lines if line.startswith(prefix)]
        stderr = b"".join(line for line in lines if not line.startswith(prefix))
        return Outcome(done.stdout, stderr, done.returncode, errors)


class QemuMachine:
    """One run in QEMU. `act` is called with this object once the machine is on, to talk to the container."""

    def __init__(self, guest, rootfs, records, stdin=b"", act=None, share=None):
        self.kernel, self.initramfs, self.rootfs = f"{guest}/kernel.img", f"{guest}/initramfs.cpio", rootfs
        # The engine writes this record itself.
        mounts = [] if share is None else [f"run.mount=share {SHARE_PATH}"]
        self.launch = launch_description([*records, *mounts])
        self.stdin = stdin
        self.act = act
        self.share = share
        self.received = {name: b"" for name in PORTS}
        self.changed = threading.Condition()
        self.sockets = {}

    def run(self):
        with tempfile.TemporaryDirectory() as folder:
            listeners = [self._listen(os.path.join(folder, name)) for name in PORTS]
            initrd = os.path.join(folder, "initrd")
            console = os.path.join(folder, "console")
            with open(self.initramfs, "rb") as base, open(initrd, "wb") as whole:
                whole.write(base.read() + cpio_with("launch", self.launch))
            qemu = subprocess.Popen(self._command(folder, initrd, console), stdin=subprocess.DEVNULL)
            try:
                self.sockets = dict(zip(PORTS, (listener.accept()[0] for listener in listeners)))
                readers = [threading.Thread(target=self._read, args=[name]) for name in PORTS[1:]]
                for reader in readers:
                    reader.start()
                if self.act is None:
                    threading.Thread(target=self.send_and_close, args=[self.stdin], daemon=True).start()
                else:
                    self.act(self)
                try:
                    qemu.wait(TIME_LIMIT_SECONDS)
                except subprocess.TimeoutExpired:
                    raise AssertionError(f"the container did not end; received: {self.received}") from None
                for reader in readers:
                    reader.join()
            finally:
                qemu.kill()
                qemu.wait()
                for open_socket in [*listeners, *self.sockets.values()]:
                    open_socket.close()
            with open(console, "rb") as log:
                text = log.read().decode(errors="replace")
        return self._outcome(text)

    def send(self, data, port="stdin"):
        self.sockets[port].sendall(data)

    def send_and_close(self, data):
        try:
            self.send(data)
            self.sockets["stdin"].shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the container ended without reading it all

    def expect(self, wanted, port="stdout"):
        """Waits until the port has sent `wanted`."""
        with self.changed:
            if not self.changed.wait_for(lambda: wanted in self.received[port], TIME_LIMIT_SECONDS):
                raise AssertionError(f"{wanted!r} expected on {port}, got {self.received[port]!r}")

    def _outcome(self, console):
        """Reads the control lines: perhaps `started`, perhaps errors, and last, once, the exit code."""
        *lines, last = self.received["control"].decode().splitlines() or [""]
        errors = [line.removeprefix("error ") for line in lines if line.startswith("error ")]
        if not last.startswith("exit ") or lines.count("started") + len(errors) != len(lines):
            raise AssertionError(f"found control lines {lines}, {last!r}; console: {console}")
        code = int(last.removeprefix("exit "))
        return Outcome(self.received["stdout"], self.received["stderr"], code, errors)

    def _listen(self, path):
        listener = socket.socket(socket.AF_UNIX)
        listener.settimeout(TIME_LIMIT_SECONDS)
        listener.bind(path)
        listener.listen(1)
        return listener

    def _read(self, name):
        while data := self.sockets[name].recv(65536):
            with self.changed:
                self.received[name] += data
                self.changed.notify_all()

    def _command(self, folder, initrd, console):
        command = ["qemu-system-riscv64", "-M", "virt", "-m", "512", "-display", "none", "-monitor", "none"]
        command += ["-no-reboot", "-serial", f"file:{console}", "-kernel", self.kernel, "-initrd", initrd]
        command += ["-append", "console=hvc0 quiet"]
        # The kernel meets QEMU's devices from the last to the first; the console must come first (/dev/vport0p…).
        command += ["-device", "virtio-serial-device,max_ports=8,bus=virtio-mmio-bus.7"]
        for number, name in enumerate(PORTS, start=1):
            command += ["-chardev", f"socket,id={name},path={os.path.join(folder, name)}"]
            command += ["-device", f"virtserialport,nr={number},chardev={name},name=oci2wasm.{name}"]
        command += ["-drive", f"file={self.rootfs},if=none,format=raw,readonly=on,id=root"]
        command += ["-device", "virtio-blk-device,drive=root,bus=virtio-mmio-bus.6"]
        command += ["-device", "virtio-rng-device,bus=virtio-mmio-bus.5"]
        if self.share is not None:
            command += ["-fsdev", f"local,id=share,path={self.share},security_model=none"]
            command += ["-device", "virtio-9p-device,fsdev=share,mount_tag=share,bus=virtio-mmio-bus.4"]
        return command
