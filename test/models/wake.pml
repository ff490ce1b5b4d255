/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wake x recall. Stands for pending_wait, pending_look, pending_wake (kernel/ipc/ipc_wait.c), op_SPACE_WAKE
 * (kernel/sys/sys_space.c), chain_move, take_over and orphan_look of thread_recall (kernel/ipc/ipc_orphan.c).
 *
 * Thread T visits on an activation and waits there for its pending word, shielded, or comes to. CPU 0 has T in
 * custody; it may recall T, whose visit is an orphan's, O, from then on. CPU 1 sets a bit in the pending word and
 * posts mail to whom it finds there.
 *
 * It stands for an event that is bound to a thread as well (kernel/ipc/event_signal.c): the bits are those of the
 * event, who has the activation is whom it is bound to, and who binds it to another signals it then.
 *
 * Shown: who waits hears of the bit, whatever happens in between; only who has the activation takes it.
 *
 * check safety safety
 * check wakes wakes
 * mutant OWNER_READ_FIRST wakes acceptance cycle
 * mutant LOOKED_BEFORE_MOVE wakes acceptance cycle
 * mutant RECALL_FORGETS_BITS wakes acceptance cycle
 */
#define T 0
#define O 1

byte owner;   /* whose the activation is */
bit waits[2]; /* WAIT_PENDING */
bit pending;
bit mail[2]; /* MAIL_WAKE, to CPU 0 */
bit recalled, signalled, woken;

/* pending_look: the exchange is one step */
inline look(t)
{
    if
    :: waits[t] ->
        if
        :: d_step { pending -> pending = 0; waits[t] = 0; woken = 1; assert(owner == t) }
        :: else
        fi
    :: else
    fi
}

/* Enters the kernel for one thing at a time; mail is taken between two of them. */
proctype custody_cpu()
{
    bit waited;

end_cpu:
    do
    :: d_step { mail[T] -> mail[T] = 0 }; look(T)
    :: d_step { mail[O] -> mail[O] = 0 }; look(O)
    :: !waited -> /* pending_wait of who runs the visit */
        waited = 1;
        if
        :: d_step { pending -> pending = 0; woken = 1 }
        :: else -> waits[owner] = 1; look(owner)
        fi
    :: !recalled ->
        recalled = 1;
        if
        :: waits[T] -> waits[T] = 0; waits[O] = 1
        :: else
        fi;
#ifdef MUTANT_LOOKED_BEFORE_MOVE
        look(T);
#endif
        owner = O;
#if !defined(MUTANT_RECALL_FORGETS_BITS) && !defined(MUTANT_LOOKED_BEFORE_MOVE)
        look(O)
#endif
    od
}

proctype waker()
{
    byte t;

#ifdef MUTANT_OWNER_READ_FIRST
    t = owner;
    pending = 1;
#else
    pending = 1;
    t = owner;
#endif
    mail[t] = 1;
    signalled = 1
}

init { atomic { run custody_cpu(); run waker() } }

#define WAITS (waits[T] || waits[O])

ltl wakes { [] (signalled -> <> !WAITS) }
