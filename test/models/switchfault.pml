/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switch fault x unmap x destroy. Stands for thread_prepare (kernel/ipc/prepare.c), fault_switch
 * (kernel/ipc/fault.c), activation_make_resident (kernel/space/pool.c), vspace_pin, map_range and unmap_range
 * with their round (kernel/map/mapdb.c), area_watch (kernel/space/area.c), message_fetch (kernel/ipc/items.c), thread_destroy
 * (kernel/ipc/ipc_abort.c), and the reaper's REAP_MEMORY and REAP_ACTIVATIONS (kernel/sys/reaper.c).
 *
 * Thread T of CPU 0 has an activation whose UTCB may be absent. It then asks its pager on CPU 1, which maps a
 * page or answers without one; or it calls a server on CPU 2, which copies through `kutcb`, the kernel's
 * address of the page; T is in the custody of that CPU meanwhile. CPU 3 takes the page away, clearing
 * `kutcb`, and gives it to somebody else after a round; it does so twice. At any moment T is destroyed, by
 * the CPU in custody, and then its space: nothing is mapped any more, the activation's memory is freed.
 *
 * Shown: nobody copies through a page of somebody else, or through no page; `kutcb` and the activation are
 * not touched after they were freed; switch faults, unmapping and destruction come to their ends.
 *
 * check safety safety
 * check fault_ends fault_ends
 * check page_is_given page_is_given
 * check thread_ends thread_ends
 * mutant SET_OUTSIDE safety assertion violated
 * mutant REUSED_EARLY safety assertion violated
 * mutant NOT_CLEARED safety assertion violated
 * mutant READ_TWICE safety assertion violated
 * mutant FREED_BEFORE_UNMAP safety assertion violated
 * mutant ANSWER_UNCHECKED safety assertion violated
 * mutant END_FORGETS_CUSTODY safety assertion violated
 */
#define CPUS 3 /* that hold pointers: T's, the pager's, the server's */
#define NONE 0
#define UNMAPS 2
#define FRAMES 3

#define RUNS 0 /* what T does */
#define FAULTS 1
#define CALLS 2
#define HALTED 3
#define ENDED 4

byte state = RUNS;
byte custody;
bit tried;     /* ACT_TRIED */
bit end_asked; /* MAIL_END lies in a box */

byte pte;               /* frame of the UTCB page */
byte kutcb;             /* frame through which the kernel reaches it */
byte fresh = 1;         /* frames from here on are the pager's to give */
bit given[FRAMES + 1];  /* to somebody else */
bit map_lock;
bit freed;              /* the activation */

byte round_now;
byte seen[CPUS];

#define LOCK    atomic { !map_lock -> map_lock = 1 }
#define UNLOCK  map_lock = 0
#define THERE   assert(!freed)
#define OWN(f)  assert(f != NONE && !given[f])

#define CALLED(me)  (seen[me] != round_now || (end_asked && custody == me))
#ifdef LIVENESS
#define QUIET(me)   !CALLED(me)
#else
#define QUIET(me)   true
#endif

/* kernel_exit: mail, then the round. */
inline quiesce(me)
{
    number = round_now;
    if
#ifdef MUTANT_END_FORGETS_CUSTODY
    :: end_asked && me == 0 ->
#else
    :: end_asked && custody == me ->
#endif
        end_asked = 0;
        d_step { THERE; state = ENDED }
    :: else
    fi;
    d_step { seen[me] = number; number = 0 }
}

/* area_watch, under the lock */
inline area_watch()
{
#ifdef MUTANT_NOT_CLEARED
    THERE
#else
    d_step { THERE; kutcb = NONE }
#endif
}

/* --- CPU 0 --- */

inline make_resident()
{
    d_step { THERE; k = kutcb };
    if
    :: k
    :: else ->
        LOCK;
        k = pte;
#ifdef MUTANT_SET_OUTSIDE
        UNLOCK;
#endif
        if
        :: k -> d_step { THERE; kutcb = k }; OWN(k)
        :: else
        fi;
#ifndef MUTANT_SET_OUTSIDE
        UNLOCK
#endif
    fi
}

inline thread_prepare()
{
    make_resident();
    if
    :: k -> d_step { k = NONE; tried = 0 }
    :: !k && tried -> d_step { tried = 0; state = HALTED } /* as an exception nobody takes */
    :: !k && !tried -> d_step { tried = 1; state = FAULTS; custody = 1 }
    fi
}

/* Words go through the page; the pointer is read once. */
inline copy()
{
#ifdef MUTANT_READ_TWICE
    if
    :: d_step { kutcb -> THERE };
       d_step { k = kutcb; OWN(k) };
       k = NONE
    :: else
    fi
#else
    d_step { THERE; k = kutcb };
    if
    :: k -> OWN(k); d_step { OWN(k); k = NONE }
    :: else /* L4_ERR_UTCB */
    fi
#endif
}

proctype home()
{
    byte k, number;

end:
    do
    :: CALLED(0) -> quiesce(0)
    :: atomic { QUIET(0) && custody == 0 && state == RUNS -> skip };
        thread_prepare();
        if
        :: state == RUNS -> copy()
        :: else
        fi;
        quiesce(0)
    :: d_step { QUIET(0) && custody == 0 && state == RUNS && kutcb -> state = CALLS; custody = 2 }
    od
}

/* --- CPU 1: it maps and it answers, two entries into the kernel --- */

inline map_page()
{
    LOCK;
    if
    :: pte == NONE && fresh <= FRAMES ->
        d_step { pte = fresh; fresh++ };
        area_watch()
    :: else
    fi;
    UNLOCK
}

inline answer()
{
#ifdef MUTANT_ANSWER_UNCHECKED
    d_step { state = RUNS; custody = 0 }
#else
    if
    :: state == FAULTS -> d_step { THERE; state = RUNS; custody = 0 }
    :: else /* nobody in hand any more: L4_ERR_STATE */
    fi
#endif
}

proctype pager()
{
    byte number;

end:
    do
    :: CALLED(1) -> quiesce(1)
    :: atomic { QUIET(1) && custody == 1 && state == FAULTS -> skip };
        if
        :: map_page(); quiesce(1)
        :: true
        fi;
        answer();
        quiesce(1)
    od
}

/* --- CPU 2 --- */

proctype server()
{
    byte k, number;

end:
    do
    :: CALLED(2) -> quiesce(2)
    :: atomic { QUIET(2) && custody == 2 && state == CALLS -> skip };
        copy();
        d_step { THERE; state = RUNS; custody = 0 };
        quiesce(2)
    od
}

/* --- CPU 3 --- */

bit away; /* the page was taken away and nobody has it yet */

#define OVER (seen[0] >= number && seen[1] >= number && seen[2] >= number)

inline unmap()
{
    LOCK;
    frame = pte;
    if
    :: frame -> d_step { pte = NONE; away = 1 }; area_watch()
    :: else
    fi;
    UNLOCK
}

inline give_away()
{
    if
    :: frame ->
#ifndef MUTANT_REUSED_EARLY
        d_step { round_now++; number = round_now };
end_waits:
        OVER;
#endif
        d_step { given[frame] = 1; away = 0; frame = NONE; number = 0 }
    :: else
    fi
}

proctype unmapper()
{
    byte frame, number;
    byte unmaps;

end:
    do
    :: unmaps < UNMAPS && pte -> unmaps++; unmap(); give_away()
    od
}

proctype reaper()
{
    byte frame;

    end_asked = 1;
end_waits:
    state == ENDED;
#ifdef MUTANT_FREED_BEFORE_UNMAP
    freed = 1;
#endif
    LOCK;
    pte = NONE;
    UNLOCK;
    freed = 1
}

init
{
    atomic {
        run home();
        run pager();
        run server();
        run unmapper();
        run reaper()
    }
}

ltl fault_ends { [] (state == FAULTS -> <> (state != FAULTS)) }
ltl page_is_given { [] (away -> <> !away) }
ltl thread_ends { [] (end_asked -> <> freed) }
