/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cut x reply. Stands for ipc_reply (kernel/ipc/ipc.c), visit_leave, visit_abort (kernel/ipc/ipc_answer.c),
 * walk_in (kernel/ipc/ipc_entry.c), thread_destroy, thread_check, chain_cut (kernel/ipc/ipc_abort.c),
 * orphan_take (kernel/ipc/ipc_orphan.c) and thread_recall (kernel/ipc/ipc_cancel.c), on the CPU that has the
 * threads in custody; for activation_give_back and windows_run (kernel/ipc/window.c), which give an activation
 * back at once or when its window is clean, whether S1 dies meanwhile or not; and for the reaper's way through a space's visitors (kernel/sys/reaper.c, reap_list.c: REAP_MARK to REAP_VISITORS,
 * tell_visitor, REAP_ACTIVATIONS).
 *
 * CPU 0 runs thread T, which calls from its home A into B, a visit in space S1, and from there into C, a
 * visit in S2, and replies whenever it likes or never. CPU 2 may recall T, then destroy it; its visits go on
 * as an orphan O, or end if nobody pays. CPU 1 destroys S1. Requests are bits that CPU 0 takes between two
 * entries into the kernel: mail, or an operation that came to the thread's CPU.
 *
 * Shown: each caller gets at most one answer, from whom it called or from the kernel, and none after it has
 * gone; control returns only to activations that are in use; each is given back once, and its memory is not
 * touched after that; S1 goes, a recalled or destroyed T comes home, whatever the visitors do.
 *
 * check safety safety
 * check space_goes space_goes
 * check home_comes home_comes
 * mutant LINK_KEPT safety assertion violated
 * mutant NOT_BROKEN safety assertion violated
 * mutant CUT_FROM_AFAR safety assertion violated
 * mutant TELL_BEFORE_ROUND safety assertion violated
 * mutant RECALL_FORGETS space_goes acceptance cycle
 * mutant LEAVES_LIST_FIRST safety assertion violated
 */
#define NOBODY 0 /* activations */
#define A 1
#define B 2
#define C 3
#define T 0 /* threads */
#define O 1

#define CHECK 1 /* MAIL_CHECK */
#define END 2   /* MAIL_END */
#define RECALL 4

#ifdef LIVENESS
#define POKE    irq = 1
#define POKED   irq -> irq = 0
#define QUIET   !irq
#else
#define POKE    skip
#define POKED   (requests[T] || requests[O] || seen != round_now)
#define QUIET   true
#endif

bit irq, seen, round_now; /* of CPU 0 */
byte requests[2];

byte top[2];  /* T's and O's */
byte base[2]; /* their homes; O has none */
bit ended[2];
byte link[4];
bit broken[4];
byte thread[4];
bit inside[4]; /* in use: on the list of its space */
byte returns[4], answers[4];
bit called[4];

bit slot = 1, dying, freed; /* S1's gate; S1; its activations */
bit recalled, home_done;    /* a recall or an end was asked for; it has come to A */

#define SOUND(x) assert(x != B || !freed)

inline post(t, what)
{
    d_step { requests[t] = requests[t] | what; POKE }
}

/* The last that is done to X. */
inline pool_return(x)
{
#ifdef MUTANT_LEAVES_LIST_FIRST
    d_step { SOUND(x); assert(inside[x]); inside[x] = 0 };
    d_step { SOUND(x); returns[x]++; assert(returns[x] == 1); home_done = home_done || x == A }
#else
    d_step {
        SOUND(x);
        assert(inside[x]);
        inside[x] = 0;
        returns[x]++;
        assert(returns[x] == 1);
        home_done = home_done || x == A
    }
#endif
}

#define ANSWER(x)                         \
    SOUND(x);                             \
    assert(inside[x] && !returns[x]);     \
    answers[x]++;                         \
    assert(answers[x] == 1);              \
    home_done = home_done || x == A

inline answer(x)
{
    d_step { ANSWER(x) }
}

inline visit_leave(t)
{
    d_step { x = top[t]; top[t] = link[x] };
    pool_return(x);
    x = NOBODY
}

/* X, which is below ABOVE, goes out of the chain. */
inline chain_cut(above, x)
{
    d_step {
        SOUND(x);
#ifndef MUTANT_LINK_KEPT
        link[above] = link[x];
#endif
#ifndef MUTANT_NOT_BROKEN
        broken[above] = 1
#endif
    };
    pool_return(x)
}

inline thread_finish(t)
{
    if
    :: base[t] -> top[t] = NOBODY; pool_return(base[t]); base[t] = NOBODY
    :: else
    fi;
    ended[t] = 1
}

inline visit_abort(t)
{
    visit_leave(t);
    d_step { /* T has a home below, an orphan ends with its last visit */
        if
        :: top[t] -> ANSWER(top[t])
        :: else -> ended[t] = 1
        fi
    }
}

/* S1 dies: T or O leaves B, wherever it lies in the chain. */
inline thread_check(t)
{
    if
    :: dying && top[t] == B -> visit_abort(t)
    :: dying && top[t] == C && link[C] == B -> chain_cut(C, B)
    :: else
    fi
}

/* T's visits become O's. */
inline take_over()
{
    d_step {
        top[O] = top[T];
        top[T] = A
    };
    thread[top[O]] = O;
    if
    :: link[top[O]] != A -> thread[link[top[O]]] = O
    :: else
    fi;
    d_step {
        x = (link[top[O]] == A -> top[O] : B);
#ifndef MUTANT_LINK_KEPT
        link[x] = NOBODY;
        broken[x] = 1;
#endif
        x = NOBODY
    }
}

/* Of T. An orphan: somebody pays for it, or nobody does. */
inline thread_destroy()
{
    do
    :: top[T] == base[T] -> thread_finish(T); break
    :: top[T] != base[T] && !(top[T] == B && dying) ->
        take_over();
        thread_finish(T);
        thread_check(O);
        break
    :: top[T] != base[T] ->
        visit_leave(T);
        if
        :: top[T] != base[T] -> answer(top[T])
        :: else
        fi
    od
}

inline thread_recall()
{
    if
    :: ended[T] || top[T] == base[T] || !base[T] -> home_done = 1 /* L4_ERR_STATE: it is not away */
    :: else ->
        take_over();
        answer(A);
#ifndef MUTANT_RECALL_FORGETS
        thread_check(O)
#endif
    fi
}

/* T's call into S1: what was looked up is used until the end of the entry. */
inline enter_b()
{
    held = slot;
    if
    :: held ->
        d_step { SOUND(B); inside[B] = 1; thread[B] = T; link[B] = A; called[A] = 1; held = 0 };
        top[T] = B
    :: else -> d_step { called[A] = 1; answers[A]++; home_done = 1 } /* L4_ERR_DEAD */
    fi
}

inline enter_c(t)
{
    d_step { SOUND(B); inside[C] = 1; thread[C] = t; link[C] = B; called[B] = 1 };
    top[t] = C
}

inline ipc_reply(t)
{
    d_step { x = top[t]; y = link[x] };
    if
    :: y == NOBODY || broken[x] -> d_step { x = NOBODY; y = NOBODY }; visit_abort(t)
    :: else ->
        d_step { assert(x == y + 1); top[t] = y; y = NOBODY }; /* who answers is who was called */
        pool_return(x);
        x = NOBODY;
        answer(top[t])
    fi
}

/* T or O is in user mode: its top activation is there, and its own. */
#define RUNS(t) (QUIET && !ended[t] && top[t])
#define WHOLE(t) SOUND(top[t]); assert(inside[top[t]] && !returns[top[t]] && thread[top[t]] == t)

inline take(t)
{
    d_step { bits = requests[t]; requests[t] = 0 }
}

inline check(t)
{
    if
    :: (bits & CHECK) && !ended[t] -> thread_check(t)
    :: else
    fi;
    bits = 0
}

inline take_mail()
{
    take(T);
    if
    :: bits & RECALL -> thread_recall()
    :: else
    fi;
    if
    :: (bits & END) && !ended[T] -> thread_destroy()
    :: else
    fi;
    check(T);
    take(O);
    check(O)
}

proctype custody_cpu()
{
    byte x, y, bits;
    bit held, number;

end:
    do
    :: atomic { POKED }; number = round_now; take_mail(); d_step { seen = number; number = 0 }
    :: d_step { RUNS(T) && top[T] == A && !called[A] -> WHOLE(T) }; enter_b()
    :: d_step { RUNS(T) && top[T] == B && !called[B] -> WHOLE(T) }; enter_c(T)
    :: d_step { RUNS(O) && top[O] == B && !called[B] -> WHOLE(O) }; enter_c(O)
    :: d_step { RUNS(T) && top[T] != A -> WHOLE(T) }; ipc_reply(T)
    :: d_step { RUNS(O) -> WHOLE(O) }; ipc_reply(O)
#ifdef LIVENESS
    :: QUIET -> skip /* or it never replies */
#endif
    od
}

proctype reaper()
{
    byte x, y, t;

    d_step { dying = 1; slot = 0 };
    d_step { round_now = 1; POKE };
#ifndef MUTANT_TELL_BEFORE_ROUND
    seen == round_now;
#endif
    if
    :: inside[B] ->
        t = thread[B];
#ifdef MUTANT_CUT_FROM_AFAR
        thread_check(t)
#else
        post(t, CHECK)
#endif
    :: else
    fi;
end_waits:
    !inside[B];
    freed = 1
}

proctype owner()
{
    if
    :: d_step { requests[T] = requests[T] | RECALL; recalled = 1; POKE }
    :: true
    fi;
    if
    :: d_step { requests[T] = requests[T] | END; recalled = 1; POKE }
    :: true
    fi
}

init
{
    atomic {
        base[T] = A;
        top[T] = A;
        thread[A] = T;
        inside[A] = 1;
        run custody_cpu();
        run reaper();
        run owner()
    }
}

ltl space_goes { [] (dying -> <> freed) }
ltl home_comes { [] (recalled -> <> home_done) }
