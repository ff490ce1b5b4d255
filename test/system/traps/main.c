// SPDX-License-Identifier: BSD-2-Clause
// The edges of entry and exit: flags that must not reach the kernel nor come back, stack segments loaded
// right before a system call, instructions of the kernel, gates of the interrupt table, far calls, the last
// page.
#include "test/system/traps/traps.h"

#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

#define LAST_PAGE (L4_USER_END - L4_PAGE_SIZE)

#define FLAG_TF 0x100u
#define FLAG_DF 0x400u
#define FLAG_NT 0x4000u
#define FLAG_AC 0x40000u
#define FLAG_ID 0x200000u

// trap_nop(flags, how): THREAD_STATE of the own thread, with these flags set and, if how is not 0, the stack
// segment loaded just before. Returns RFLAGS as they were right after the call, bit 63 set when it failed.
uint64_t trap_nop(uint64_t flags, uint64_t how);
// Each is a few instructions and a ret; what they lead to is an exception.
void trap_int80(void);
void trap_int3(void);
void trap_int1(void);
void trap_int8(void);
void trap_int_timer(void);
void trap_sysenter(void);
void trap_far_call(void);
void trap_far_return(void);
void trap_iret_kernel(void);
void trap_wrmsr(void);
void trap_rdpmc_far(void);
void trap_load_ss(void);
void trap_load_tss(void);
void trap_linux(void);
void trap_jump(void); // a thread starts here: goes to the address in rdi
// Two system calls at the very end of a page: a native one, and 2 bytes before that end, none.
extern const char trap_page[];

// Raw instructions, because all of this is about what the processor does with them.
_Static_assert(L4_THREAD_STATE == 0x3d && L4_CAP_THREAD == 0x100000040, "the numbers below");
__asm__(".pushsection .text.trap,\"ax\",@progbits\n"
        ".globl trap_step\n"
        "trap_step:\n    pushfq\n    orq $0x100, (%rsp)\n    popfq\n    nop\n    ret\n"
        ".globl trap_nop, trap_int80, trap_int3, trap_int1, trap_int8, trap_int_timer, trap_sysenter\n"
        ".globl trap_far_call, trap_far_return, trap_iret_kernel, trap_wrmsr, trap_rdpmc_far, trap_load_ss\n"
        ".globl trap_load_tss, trap_linux, trap_page, trap_jump\n"
        "trap_jump:\n    jmp *%rdi\n"
        "trap_nop:\n"
        "    push %rbx\n    push %rbp\n    push %r12\n    push %r13\n    push %r14\n    push %r15\n"
        "    movabs $0x3d80000001, %rax\n    mov %rsi, %r8\n    mov %rdi, %r9\n"
        "    movabs $0x100000040, %rdi\n" // the own thread
        "    mov %ss, %ecx\n    pushf\n    or %r9, (%rsp)\n    test %r8, %r8\n    jnz 1f\n"
        "    popf\n    syscall\n    jmp 2f\n"
        "1:  popf\n    mov %ecx, %ss\n    syscall\n"
        "2:  pushf\n    pop %rdx\n    shr $32, %rax\n    jz 3f\n    bts $63, %rdx\n"
        "3:  mov %rdx, %rax\n"
        "    pop %r15\n    pop %r14\n    pop %r13\n    pop %r12\n    pop %rbp\n    pop %rbx\n    ret\n"
        "trap_int80:\n    int $0x80\n    ret\n"
        "trap_int3:\n    int3\n    ret\n"
        "trap_int1:\n    .byte 0xf1\n    ret\n"
        "trap_int8:\n    int $8\n    ret\n"
        "trap_int_timer:\n    int $0xf0\n    ret\n"
        "trap_sysenter:\n    sysenter\n    ret\n"
        "trap_far_call:\n    push $0x08\n    push $0\n    lcall *(%rsp)\n    ret\n"
        "trap_far_return:\n    push $0x08\n    push $0\n    lretq\n"
        "trap_iret_kernel:\n    push $0x10\n    push %rsp\n    push $0x3202\n    push $0x08\n    push $0\n   "
        " iretq\n"
        "trap_wrmsr:\n    mov $0xc0000082, %ecx\n    wrmsr\n    ret\n"
        "trap_rdpmc_far:\n    mov $0x7fffffff, %ecx\n    rdpmc\n    ret\n"
        "trap_load_ss:\n    mov $0x10, %eax\n    mov %eax, %ss\n    ret\n"
        "trap_load_tss:\n    mov $0x28, %eax\n    ltr %ax\n    ret\n"
        "trap_linux:\n    mov $60, %eax\n    syscall\n    ret\n"
        "    .balign 4096\n"
        "trap_page:\n    .skip 4096 - 22, 0x90\n"
        "    movabs $0x3d80000001, %rax\n    movabs $0x100000040, %rdi\n    syscall\n"
        ".popsection\n");

static void check_flags(void)
{
    static const uint32_t flags[] = {0,    FLAG_DF, FLAG_NT, FLAG_AC, FLAG_ID, FLAG_DF | FLAG_NT | FLAG_AC,
                                     0x8d5};
    for (unsigned how = 0; how < 2; how++) {
        for (unsigned i = 0; i < L4_ARRAY_SIZE(flags); i++) {
            uint64_t got = trap_nop(flags[i], how);
            tap_equal(got & ~2ull, 0x200, how ? "flags after mov ss and a call" : "flags after a call");
        }
    }
}

// The first instruction that could trap for TF is the call itself, or the kernel's first behind it.
static void check_single_step(void)
{
    struct probe p;
    tap_equal(trap_nop(FLAG_TF | FLAG_AC, 1) & FLAG_TF, 0, "single steps end in a call after mov ss");
    tap_equal(trap_nop(FLAG_TF, 0) & FLAG_TF, 0, "and in a call");
    p = probe_execute((uint64_t)(uintptr_t)trap_int1);
    tap_ok(p.faulted && (p.vector == 1 || p.vector == 6), "icebp is a debug exception, or unknown");
    for (unsigned i = 0; i < 2; i++) { // twice: what DR6 said must not stay in it
        p = probe_execute((uint64_t)(uintptr_t)trap_step);
        tap_ok(p.faulted && p.vector == 1, "a single step is a debug exception");
        tap_equal(p.address & 0xe00f, 0x4000, "and DR6 says so");
    }
}

struct case_ {
    void (*code)(void);
    uint64_t vector, other; // other: without SYSENTER; QEMU reads the frame as SMAP forbids the kernel
    const char *what;
};

static void check_instructions(void)
{
    static const struct case_ cases[] = {
        {trap_int80, 13, 13, "int 0x80"},
        {trap_int3, 3, 3, "int3"},
        {trap_int8, 13, 13, "int 8"},
        {trap_int_timer, 13, 13, "int with the vector of the timer"},
        {trap_sysenter, 13, 6, "sysenter"},
        {trap_far_call, 13, 13, "a far call to the kernel's code segment"},
        {trap_far_return, 13, 14, "a far return to it"},
        {trap_iret_kernel, 13, 14, "iret to it"},
        {trap_wrmsr, 13, 13, "wrmsr"},
        {trap_rdpmc_far, 13, 13, "rdpmc"},
        {trap_load_ss, 13, 13, "the kernel's stack segment"},
        {trap_load_tss, 13, 13, "ltr"},
        {trap_linux, 256, 256, "a system call of another kernel"},
    };
    for (unsigned i = 0; i < L4_ARRAY_SIZE(cases); i++) {
        struct probe p = probe_execute((uint64_t)(uintptr_t)cases[i].code);
        bool right = p.faulted && (p.vector == cases[i].vector || p.vector == cases[i].other);
        tap_ok(right, "%s is refused", cases[i].what);
        if (!right)
            tap_note("faulted %d, vector %lu", p.faulted, p.vector);
    }
}

static void check_jumps(void)
{
    static const uint64_t targets[] = {L4_USER_END,        1ull << 47,  0xffff800000000000,
                                       0xffffffff80100000, L4_CPU_PAGE, ~0ull};
    for (unsigned i = 0; i < L4_ARRAY_SIZE(targets); i++) {
        struct probe p = probe_execute(targets[i]);
        tap_ok(p.faulted && (p.vector == 13 || p.vector == 14), "a call of 0x%lx", targets[i]);
        p = probe_write(targets[i], 1);
        tap_ok(p.faulted && (p.vector == 13 || p.vector == 14), "a write to it");
    }
}

// The last page of a program: the system call in it returns to the first address that is none.
static void check_last_page(void)
{
    uint64_t page = (uint64_t)(uintptr_t)trap_page;
    struct l4_thread_info info = {0};
    l4_handle_t thread;
    struct probe p;
    (void)*(const volatile char *)trap_page;
    tap_error(l4_space_map(L4_CAP_SPACE, page, LAST_PAGE, L4_PAGE_SIZE, L4_READ | L4_EXEC, NULL), L4_OK,
              "code in the last page");
    tap_error(l4_space_map(L4_CAP_SPACE, page, L4_USER_END, L4_PAGE_SIZE, L4_READ | L4_EXEC, NULL),
              L4_ERR_RANGE, "not behind it");
    tap_error(l4_space_thread(L4_CAP_SPACE, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &thread, NULL), L4_OK, "a thread");
    tap_error(l4_thread_start_at(thread, L4_USER_END - 22, 0, 0), L4_OK, "starts there");
    l4_sleep_until(l4_clock() + 50000000);
    tap_error(l4_thread_state(thread, &info), L4_OK, "makes its call");
    tap_equal(info.state, L4_THREAD_HALTED, "and is halted");
    tap_equal(info.ip, L4_USER_END, "behind the last address");
    tap_error(l4_thread_destroy(thread), L4_OK, "it goes");
    p = probe_execute(L4_USER_END - 2);
    tap_ok(p.faulted && p.vector == 256, "another is an exception");
    tap_error(l4_space_unmap(L4_CAP_SPACE, LAST_PAGE, L4_PAGE_SIZE, L4_UNMAP_OWN, 0, NULL), L4_OK, "it goes");
}

static atomic_uint resumed;

// Lets the thread try the same three times more.
static void handle_resume(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, atomic_fetch_add(&resumed, 1) < 3 ? L4_EXC_RESUME : L4_EXC_ABORT, 0, 0);
}
L4_ENTRY_FAULT(resume_entry, handle_resume);

// A thread that went where no program may be is resumed there.
static void check_resumed_outside(void)
{
    static const uint64_t targets[] = {1ull << 47, 0xffff800000000000, 0xffffffff80100000};
    l4_handle_t gate, thread;
    struct l4_thread_info info;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, resume_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate");
    tap_error(l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, gate), L4_OK, "for exceptions");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(targets); i++) {
        atomic_store(&resumed, 0);
        tap_error(l4_space_thread(L4_CAP_SPACE, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &thread, NULL), L4_OK,
                  "a thread");
        tap_error(l4_thread_start_at(thread, (uint64_t)(uintptr_t)trap_jump, targets[i], 0), L4_OK, "jumps");
        l4_sleep_until(l4_clock() + 50000000);
        tap_error(l4_thread_state(thread, &info), L4_OK, "to where it may not");
        tap_equal(info.state, L4_THREAD_HALTED, "and is halted");
        tap_equal(atomic_load(&resumed), 4, "after three attempts more");
        tap_error(l4_thread_destroy(thread), L4_OK, "it goes");
    }
}

static void check_entries(void)
{
    static const uint64_t entries[] = {L4_USER_END, 1ull << 47, 0xffffffff80100000, ~0ull};
    l4_handle_t thread, gate;
    tap_error(l4_space_thread(L4_CAP_SPACE, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &thread, NULL), L4_OK, "a thread");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(entries); i++) {
        struct l4_gate_options options = {.entry = entries[i], .pool = 1, .rights = L4_RIGHT_ALL};
        tap_error(l4_thread_start_at(thread, entries[i], 0, 0), L4_ERR_RANGE, "does not start there");
        tap_error(l4_gate_create(L4_CAP_SPACE, &options, &gate, NULL), L4_ERR_RANGE, "no gate leads there");
    }
    tap_error(l4_thread_destroy(thread), L4_OK, "the thread ends");
}

int main(int argc, char **argv)
{
    tap_error(probe_init(), L4_OK, "the program handles its own exceptions");
    if (argc > 1 && strcmp(argv[1], "watch") == 0) {
        check_watch();
        return tap_end();
    }
    check_flags();
    check_single_step();
    check_instructions();
    check_jumps();
    check_vectors();
    check_system_registers();
    check_selectors();
    check_last_page();
    check_last_calls();
    check_entries();
    check_resumed_outside();
    return tap_end();
}
