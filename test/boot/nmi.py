#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A non-maskable interrupt at every delicate place of the boot: the machine must go on as if nothing
had happened. Stops the machine there through the emulator's gdb port, injects one, lets it go on, and
expects the panic test at the end of the boot. Then what the kernel uses them for: a panic on one CPU, the
first or another one, stops the others. And, by the same means, a CPU that gets lost while it starts. Prints TAP."""
import os
import socket
import subprocess
import time

from elftools.elf.elffile import ELFFile

RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]
KERNEL_BASE = 0xFFFFFFFF80000000
PORT = 1234

# symbol, low address or not, instructions to go on from there
PLACES = (
    ("own_segments", True, 1),       # own interrupt table just loaded
    ("own_segments", True, 8),       # segments
    ("fill_tables", True, 0),
    ("switch_to_64", True, 0),
    ("switch_to_64", True, 1),       # 64-bit interrupt table, 32-bit mode
    ("switch_to_64", True, 2),       # 64-bit mode, 32-bit code
    ("low64", True, 0),
    ("start64", False, 0),
    ("start64", False, 1),           # stack in the high half
    ("start64", False, 2),           # own descriptor table
    ("boot_start", False, 0),
    ("kmap_init", False, 0),
    ("kernel_main", False, 0),
    ("gdt_init_cpu", False, 0),
    ("idt_use_own_stacks", False, 0),
    ("panic_test", False, 0),
)


CPUS = 4
RIP = 16                         # the place in gdb's registers
HALT_BYTES = 16                  # of cpu_halt_forever, at most
NO_EXIT = "debug-exit=0x80"      # a port without effect


class Gdb:
    """As much of gdb's remote protocol as is needed."""

    def __init__(self, port, deadline):
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def ask(self, text):
        """Send a command; returns the answer without its frame."""
        data = text.encode("ascii")
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xFF))
        return self.answer()

    def answer(self):
        answer = b""
        while b"#" not in answer or len(answer) < answer.index(b"#") + 3:
            piece = self.socket.recv(4096)
            if not piece:
                return "gone"
            answer += piece
        self.socket.sendall(b"+")
        return answer[answer.index(b"$") + 1 : answer.index(b"#")].decode("ascii")

    def go_to(self, address):
        """Make ADDRESS the next instruction of the CPU that stopped."""
        registers = bytearray.fromhex(self.ask("g"))
        registers[8 * RIP : 8 * RIP + 8] = address.to_bytes(8, "little")
        return self.ask("G" + registers.hex())

    def stop(self):
        """Interrupt a machine that runs."""
        self.socket.sendall(b"\x03")
        return self.answer()

    def go_on(self):
        """Continue without waiting for a stop."""
        self.socket.sendall(b"$c#63")


def symbols():
    with open(os.path.join(os.path.dirname(IMAGE), "quire.elf"), "rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}


def inject(gdb, address, steps):
    gdb.ask("?")
    stopped = [gdb.ask(f"Z1,{address:x},1"), gdb.ask("c"), gdb.ask(f"z1,{address:x},1")]
    stopped += [gdb.ask("s") for _ in range(steps)]
    stopped.append(gdb.ask("qRcmd," + b"nmi".hex()))
    gdb.go_on()
    return stopped


def try_place(address, steps):
    command = [RUN, "--headless", "--timeout", "60", "--image", IMAGE, "--append", "panic-test=null", "--gdb"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, errors="replace") as machine:
        answers = inject(Gdb(PORT, time.monotonic() + 30), address, steps)
        log = machine.communicate()[1]
    reached = answers[0] == "OK" and answers[1].startswith("T05") and answers[-1] == "OK"
    good = reached and machine.returncode == 120 and "PANIC: kernel page fault: write at 0x0" in log
    return good, f"stop answers {answers}, status {machine.returncode}: {log}"


def places(gdb):
    """Where all CPUs are; the machine is stopped."""
    found = []
    for cpu in range(1, CPUS + 1):
        gdb.ask(f"Hg{cpu:x}")
        found.append(int.from_bytes(bytes.fromhex(gdb.ask("g"))[8 * RIP : 8 * RIP + 8], "little"))
    return found


def try_panic(on_first, address_of):
    """A CPU overflows its stack where the boot ends, the first one or one that begins to run threads. The machine is
    not told of its exit device, so that it stays there to be looked at."""
    command = [RUN, "--headless", "--timeout", "60", "--image", IMAGE, "--smp", str(CPUS),
               "--append", NO_EXIT, "--gdb"]
    place = address_of["boot_leave" if on_first else "smp_cpu_run"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, errors="replace") as machine:
        gdb = Gdb(PORT, time.monotonic() + 30)
        gdb.ask("?")
        answers = [gdb.ask(f"Z1,{place:x},1"), gdb.ask("c")]
        answers.append(gdb.go_to(address_of["panic_by_recursion"]))
        answers.append(gdb.ask(f"z1,{place:x},1"))
        gdb.go_on()
        time.sleep(2)
        answers.append(gdb.stop())
        found = places(gdb)
        machine.terminate()
        log = machine.communicate()[1]
    halt = address_of["cpu_halt_forever"]
    good = all(halt <= at <= halt + HALT_BYTES for at in found) and log.count("PANIC") == 1 \
        and "PANIC: kernel stack overflow" in log
    return good, f"answers {answers}, CPUs at {[hex(at) for at in found]}, halt at {halt:#x}: {log}"


def try_lost(address_of):
    """The first CPU to start halts in the middle of it: it is left out, the next one gets its number."""
    command = [RUN, "--headless", "--timeout", "60", "--image", IMAGE, "--smp", str(CPUS), "--command", "echo up", "--gdb"]
    place = address_of["ap_protected"] - KERNEL_BASE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace") as machine:
        gdb = Gdb(PORT, time.monotonic() + 30)
        gdb.ask("?")
        answers = [gdb.ask(f"Z1,{place:x},1"), gdb.ask("c"), gdb.go_to(address_of["cpu_halt_forever"] - KERNEL_BASE),
                   gdb.ask(f"z1,{place:x},1")]
        gdb.go_on()
        out, log = machine.communicate()
    good = machine.returncode == 0 and out == "up\n" and "boot: cpu apic=1 does not answer" in log \
        and f"boot: cpus found={CPUS} online={CPUS - 1}" in log
    return good, f"answers {answers}, status {machine.returncode}: {log}"


def tests():
    address_of = symbols()
    for name, low, steps in PLACES:
        yield f"{name}+{steps}", "status 120 and the page fault at the end", \
            try_place(address_of[name] - (KERNEL_BASE if low else 0), steps)
    for name, on_first in (("first", True), ("second", False)):
        yield f"panic on the {name} CPU", "one report, all CPUs halted", try_panic(on_first, address_of)
    yield "a CPU that gets lost", f"{CPUS - 1} CPUs online", try_lost(address_of)


def main():
    lost = count = 0
    for name, expected, (good, got) in tests():
        count += 1
        lost += not good
        print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
        if not good:
            print(f"# expected {expected}\n# got {got}".replace("\n", "\n# "))
    print(f"1..{count}")
    return 1 if lost else 0


raise SystemExit(main())
