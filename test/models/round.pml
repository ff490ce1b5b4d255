/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round x lock-free lookup x destroy x sleep. Stands for kernel/smp/round.c (round_next, round_start,
 * round_begin, round_done, round_flush, round_acknowledge, round_idle_begin, round_idle_end, round_wait_begin,
 * round_wait_end) and for those who use it: the lookup of a capability slot that lasts until the kernel is
 * left (kernel/cap/cap.c, kernel/sys/syscall.c), serve and waits_for_rounds (kernel/sys/work.c), idle
 * (kernel/sys/exit.c), limbo_run and round_waiters_run (kernel/ipc/ipc_end.c), unmap_range
 * (kernel/map/mapdb.c). That a CPU asleep with mail in its box does not count is in mail.pml.
 *
 * CPU 2 looks up and uses an object and touches a page as often as it likes, sleeps and wakes. A thread of
 * CPU 0 destroys the object, and may take the page out of that space in passing; a thread of CPU 1 takes the
 * page away, whoever still has it, and gives it to somebody else: two rounds at each other, which may also
 * become one. CPUs 0 and 1 sleep while these threads wait. Each step below is one access to what CPUs share;
 * what is done under the map lock is one step.
 * `tlb` is a translation of the page (or of a table above it) that the CPU has kept, `root` that its
 * processor may use it at any moment, by itself.
 *
 * Shown: no object is used after it was freed; no CPU can reach the page when somebody else has it; the two
 * threads that wait for their rounds go on, however the others sleep.
 *
 * check safety safety
 * check object_is_freed object_is_freed
 * mutant FREE_BEFORE_ROUND safety assertion violated
 * mutant FLAG_CLEARED_LATE safety assertion violated
 * mutant FLAG_SET_LATE safety assertion violated
 * mutant NUMBER_READ_LATE safety assertion violated
 * mutant WAKE_WITHOUT_FENCE safety assertion violated
 * mutant IDLE_KEEPS_ROOT safety assertion violated
 * mutant WAKE_WITHOUT_LOOKING safety assertion violated
 * mutant WAITS_AFTER_LOOKING object_is_freed acceptance cycle
 */
#define CPUS 3
#define NEXT(c) ((c + 1) % CPUS)
#define LAST(c) ((c + 2) % CPUS)
#define USER 2 /* the CPU that uses both */
#define NEW 0
#define WAITS 1
#define DONE 2

#ifdef LIVENESS
#define POKE(c, why) irq[c] = irq[c] || (why)
#define POKED(c)     atomic { irq[c] -> irq[c] = 0 }
#define FLUSH        skip
#define QUIET(c)     !irq[c] /* a poke comes before the next user instruction */
#else
/* Safety depends on no poke: they come whenever they like. */
#define POKE(c, why) skip
#define POKED(c)     true
#define FLUSH        flush = 1
#define QUIET(c)     true
#endif

bit idle[CPUS], waits[CPUS]; /* struct cpu_shared */
byte seen[CPUS];
bit flush; /* of CPU 2: the others have nothing to drop */
byte round_now;
bit irq[CPUS]; /* a poke */

bit slot = 1, freed; /* the object: reachable; its memory is somebody else's */
bit pte = 1, given;  /* the page: mapped; somebody else's */
bit tlb, root = 1;   /* of CPU 2 */
bit unfenced;        /* CPU 2 has cleared its idle flag and the others do not see it yet */

inline ask(c)
{
    if
    :: seen[c] >= n
    :: else -> POKE(c, !idle[c])
    fi
}

inline round_begin(me)
{
    d_step { round_now++; n = round_now };
    ask(NEXT(me));
    ask(LAST(me));
    n = 0
}

inline round_start(me)
{
    do
    :: round_now < number -> round_begin(me)
    :: else -> break
    od
}

inline acknowledged(c)
{
    if
    :: !done || seen[c] >= number
    :: else -> done = idle[c]
    fi
}

inline round_done(me)
{
    done = round_now >= number && seen[me] >= number;
    acknowledged(NEXT(me));
    acknowledged(LAST(me))
}

inline tell(c) { POKE(c, waits[c]) }

/* --- CPUs 0 and 1: a thread each that takes something out of use and waits for the round after it --- */

/* CPU 0 may take the page out of CPU 2's space in passing, and does not wait; CPU 1 takes what is left. */
inline take_out(me)
{
    if
    :: me == 0 ->
        d_step { slot = 0; job = WAITS };
        if
#ifdef MUTANT_FLAG_SET_LATE
        :: pte = 0; FLUSH
#else
        :: d_step { pte = 0; FLUSH } /* flags are set before the map lock is let go */
#endif
        :: true
        fi
    :: else ->
        if
        :: d_step { pte -> pte = 0; job = WAITS }; FLUSH
        :: d_step { !pte -> job = WAITS } /* nothing there any more: nobody is told */
        fi
    fi
}

inline job_finish(me)
{
    d_step {
        waits[me] = 0;
        job = DONE;
        number = 0;
        done = 0;
        if
        :: me == 0 -> freed = 1
        :: else -> given = 1
        fi
    }
}

proctype owner(byte me)
{
    byte n, number;
    byte job = NEW;
    bit done;

end:
    do
    :: QUIET(me) && job == NEW ->
        take_out(me);
#ifdef MUTANT_FREE_BEFORE_ROUND
        job_finish(me);
#else
        number = round_now + 1; /* round_next */
        round_start(me);
#ifndef MUTANT_WAITS_AFTER_LOOKING
        waits[me] = 1; /* round_wait_begin */
#endif
#endif
        goto quiesce
    :: POKED(me); goto quiesce
    :: QUIET(me) && job != NEW -> idle[me] = 1; goto end_asleep
    od;
end_asleep:
    POKED(me);
    idle[me] = 0;
quiesce: /* serve: the kernel is left, or sleep is over */
    n = round_now;
    if
    :: n != seen[me] ->
        d_step { seen[me] = n; n = 0 };
        tell(NEXT(me));
        tell(LAST(me))
    :: else -> n = 0
    fi;
    if
    :: job == WAITS ->
        round_done(me);
        if
        :: done -> job_finish(me)
#ifdef MUTANT_WAITS_AFTER_LOOKING
        :: else -> waits[me] = 1
#else
        :: else
#endif
        fi
    :: else
    fi;
    goto end
}

/* --- CPU 2: uses what it finds --- */

inline flush_if_told()
{
    if
    :: flush ->
#ifndef MUTANT_FLAG_CLEARED_LATE
        flush = 0;
#endif
        tlb = 0
    :: else
    fi
}

proctype user()
{
    byte n;
    bit held;

end:
    do
#ifdef LIVENESS
    :: QUIET(USER) -> skip
#else
    :: held = slot; /* the fast path: what was found is used until its end, which is no quiescent point */
        d_step { assert(!held || !freed); held = 0 }
    :: !tlb && pte -> tlb = 1
#endif
    :: POKED(USER); goto quiesce
    :: QUIET(USER) && !unfenced ->
#ifndef MUTANT_IDLE_KEEPS_ROOT
        root = 0;
#endif
        idle[USER] = 1;
        goto end_asleep
    od;
end_asleep:
    POKED(USER);
#ifdef MUTANT_WAKE_WITHOUT_FENCE
    unfenced = 1;
#else
    idle[USER] = 0;
#endif
#ifdef MUTANT_WAKE_WITHOUT_LOOKING
    root = 1;
    goto end;
#else
    flush_if_told();
#endif
quiesce:
#ifdef MUTANT_NUMBER_READ_LATE
    flush_if_told();
#endif
    n = round_now;
    if
    :: n != seen[USER] ->
#ifndef MUTANT_NUMBER_READ_LATE
        flush_if_told();
#endif
        !unfenced; /* stores are seen in their order */
        d_step { seen[USER] = n; n = 0 };
#ifdef MUTANT_FLAG_CLEARED_LATE
        flush = 0;
#endif
        tell(0);
        tell(1)
    :: else -> n = 0
    fi;
    root = 1;
    goto end
}

#ifdef MUTANT_WAKE_WITHOUT_FENCE
proctype store_buffer()
{
end:
    do
    :: d_step { unfenced -> unfenced = 0; idle[USER] = 0 }
    od
}
#endif

/* Nobody reaches a page that was given to somebody else, not even by what a processor does in advance. */
proctype no_stale_translation()
{
end:
    d_step { given && tlb && root -> assert(false) }
}

init
{
    atomic {
        run owner(0);
        run owner(1);
        run user();
#ifndef LIVENESS
        run no_stale_translation();
#endif
#ifdef MUTANT_WAKE_WITHOUT_FENCE
        run store_buffer()
#endif
    }
}

ltl object_is_freed { [] (!slot -> <> freed) }
