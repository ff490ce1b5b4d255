/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailbox with merging requests, forwarding, custody that moves, and the end of an object. Stands for
 * mail_post, mail_take, mail_drain, mail_is_queued (kernel/smp/mail.c), mail_deliver (kernel/sys/deliver.c),
 * the way from CPU to CPU (sched_flush_leaving in kernel/sched/sched.c), the quiescent point and sleep (serve
 * in kernel/sys/work.c, idle in kernel/sys/exit.c), and limbo_run (kernel/ipc/ipc_end.c), which frees what has
 * a mail node. The round (kernel/smp/round.c) has a model of its own; here it is its numbers and who counts as
 * asleep.
 *
 * Object X is in the custody of CPU 0, which lends it to CPU 1. CPU 2 asks for WORK on it, CPU 1 for its end
 * (DESTROY), each finding it as long as it can be found; whoever has the custody then does it.
 * With LISTS X is sent home as well and does not end, and CPU 0 asks for WORK on object Y of CPU 1: boxes hold
 * more than one. With TRAVEL X is a queue gate of CPU 1 and Y a thread of CPU 2, which goes there with a
 * pointer to X (TRAVEL_GATE), while CPU 0 asks for WORK on it, perhaps where it is no more.
 *
 * Shown: every request is handled, by the CPU in custody alone, or the object has gone; requests outlive no
 * object; X's memory is not touched after it was freed, nor does a traveller find it freed; boxes stay lists;
 * X is freed in the end.
 *
 * check safety safety
 * check lists safety -DLISTS
 * check travel safety -DTRAVEL
 * check work_is_done work_is_done
 * check end_is_reached end_is_reached
 * mutant QUEUED_CLEARED_LATE work_is_done acceptance cycle
 * mutant POKE_BEFORE_PUSH work_is_done acceptance cycle
 * mutant QUEUED_TEST_THEN_SET lists assertion violated
 * mutant TAKER_SETS_CUSTODY safety assertion violated
 * mutant NEXT_READ_LATE lists assertion violated
 * mutant FREE_WITHOUT_ROUND safety assertion violated
 * mutant FREE_AFTER_TWO_ROUNDS travel assertion violated
 * mutant OWN_CPU_NOT_ASKED travel assertion violated
 * mutant NUMBER_READ_AFTER_DRAIN safety assertion violated
 * mutant IDLE_WITH_MAIL safety assertion violated
 * mutant BOX_READ_LATE safety assertion violated
 */
#define CPUS 3
#define X 1
#define Y 2
#define NONE 0

#define TAKE 1
#define WORK 2
#define DESTROY 4

#ifdef LISTS
#define MOVES 2
#else
#define MOVES 1
#endif

#ifdef LIVENESS
#define POKE(c, why) irq[c] = irq[c] || (why)
#define POKED(c)     atomic { irq[c] -> irq[c] = 0 }
#define QUIET(c)     !irq[c]
#else
/* Safety depends on no poke: they come whenever they like. */
#define POKE(c, why) skip
#define POKED(c)     (box[c] || round_now != seen[c] || (dying && custody[X] == c && !freed))
#define QUIET(c)     true
#endif

byte box[CPUS]; /* newest, or NONE */
byte requests[3], next[3];
bit queued[3];
byte custody[3];
bit irq[CPUS];

bit found = 1;  /* X can be looked up */
bit busy;       /* somebody handles X */
byte here = 0;  /* the CPU whose scheduler has X; CPUS while it is under way */
byte moves = MOVES; /* times X is still lent, or sent home */
bit freed;

byte round_now;
byte seen[CPUS];
bit idle[CPUS];
bit waits; /* the CPU that frees X waits for a round */
bit dying;

bit x_asked, x_done, y_asked;

#define ALIVE(m) assert(m != X || !freed)

inline mail_post(me, m, cpu, what)
{
    d_step { ALIVE(m); requests[m] = requests[m] | what };
#ifdef MUTANT_QUEUED_TEST_THEN_SET
    was = queued[m];
    queued[m] = 1;
#else
    d_step { ALIVE(m); was = queued[m]; queued[m] = 1 };
#endif
    if
    :: was -> was = 0
    :: else ->
#ifdef MUTANT_POKE_BEFORE_PUSH
        POKE(cpu, box[cpu] == NONE && cpu != me);
#endif
        do
        :: d_step { ALIVE(m); first = box[cpu]; assert(first != m); next[m] = first };
            if
            :: d_step {
                box[cpu] == first ->
                box[cpu] = m;
#ifndef MUTANT_POKE_BEFORE_PUSH
                POKE(cpu, first == NONE && cpu != me);
#endif
                first = NONE
               };
               break
            :: d_step { box[cpu] != first -> first = NONE }
            fi
        od
    fi
}

/* the custody CPU's part: nobody else is at X */
inline handle(me)
{
    if
    :: m == Y ->
#ifdef TRAVEL
        d_step { assert(!(taken & TAKE) || !freed); taken = 0 }
#else
        taken = 0
#endif
    :: else ->
        d_step { assert(!busy); busy = 1 };
        d_step {
#ifdef MUTANT_TAKER_SETS_CUSTODY
            if
            :: taken & TAKE -> custody[X] = me
            :: else
            fi;
#endif
            if
            :: taken & TAKE -> here = me
            :: else
            fi;
            if
            :: taken & WORK -> x_done = 1
            :: else
            fi;
            if
            :: taken & DESTROY -> dying = 1
            :: else
            fi;
            taken = 0;
            busy = 0
        }
    fi
}

inline mail_deliver(me)
{
    if
#ifdef MUTANT_TAKER_SETS_CUSTODY
    :: taken & TAKE -> handle(me)
#endif
    :: d_step { ALIVE(m); to = custody[m] }
        if
        :: to == me -> to = 0; handle(me)
        :: else -> mail_post(me, m, to, taken); taken = 0; to = 0
        fi
    fi
}

/* taken whole and reversed; never more than two */
inline mail_drain(me)
{
    d_step {
        m = box[me];
        box[me] = NONE;
        if
        :: m && next[m] ->
            then = m;
            m = next[m];
            assert(!next[m]);
            next[m] = then;
            next[then] = NONE;
            then = NONE
        :: else
        fi
    };
    do
    :: m ->
#ifdef MUTANT_NEXT_READ_LATE
        d_step { ALIVE(m); queued[m] = 0 };
        d_step { ALIVE(m); then = next[m]; taken = requests[m]; requests[m] = 0 };
#else
#ifdef MUTANT_QUEUED_CLEARED_LATE
        d_step { ALIVE(m); then = next[m]; taken = requests[m]; requests[m] = 0 };
#else
        d_step { ALIVE(m); then = next[m]; queued[m] = 0 };
        d_step { ALIVE(m); taken = requests[m]; requests[m] = 0 };
#endif
#endif
#ifdef MUTANT_QUEUED_CLEARED_LATE
        d_step { ALIVE(m); queued[m] = 0 };
#endif
        if
        :: taken -> mail_deliver(me)
        :: else
        fi;
        d_step { m = then; then = NONE }
    :: else -> break
    od
}

inline round_begin(me)
{
    d_step {
        round_now++;
        number = round_now;
        waits = 1;
        POKE(0, me != 0);
        POKE(1, me != 1);
        POKE(2, me != 2)
    }
}

inline acknowledged(me, c)
{
    if
#ifdef MUTANT_OWN_CPU_NOT_ASKED
    :: c == me || !done || seen[c] >= number
#else
    :: !done || seen[c] >= number
#endif
    :: else ->
#ifdef MUTANT_IDLE_WITH_MAIL
        done = idle[c]
#else
#ifdef MUTANT_BOX_READ_LATE
        done = idle[c];
        done = done && box[c] == NONE
#else
        done = box[c] == NONE; /* and then, not before, whether it sleeps */
        done = done && idle[c]
#endif
#endif
    fi
}

inline round_done(me)
{
    done = 1;
    acknowledged(me, 0);
    acknowledged(me, 1);
    acknowledged(me, 2)
}

#ifdef MUTANT_FREE_AFTER_TWO_ROUNDS
#define ROUNDS 2
#else
#define ROUNDS 3
#endif

/*
 * X's end, by the CPU in custody, where no pointer is held. After the first round nobody posts out of an old
 * lookup; after the second nobody posts on; after the third the own box has been emptied since.
 */
inline limbo_run(me)
{
    if
    :: stage == 0 -> d_step { found = 0; stage = 1 }; round_begin(me)
    :: else
    fi;
    do
    :: stage && stage <= ROUNDS ->
#ifdef MUTANT_FREE_WITHOUT_ROUND
        d_step { stage = ROUNDS; done = 1 };
#else
        round_done(me);
#endif
        if
        :: !done -> break
        :: done && stage < ROUNDS -> d_step { stage++; done = 0 }; round_begin(me)
        :: done && stage == ROUNDS ->
            d_step { assert(!requests[X] && !queued[X]); freed = 1; stage++; waits = 0; done = 0 }
        fi
    :: stage > ROUNDS -> break
    od;
    done = 0
}

proctype cpu(byte me)
{
    byte m, then, taken, to, first, number, round_taken, stage;
    bit was, asked, done;

end:
    do
    :: POKED(me) -> break
#ifndef LIVENESS
    :: idle[me] = 1;
        if
        :: box[me]
        :: else ->
end_asleep:
            POKED(me)
        fi;
        idle[me] = 0;
        break
#endif
#ifndef TRAVEL
    :: atomic { QUIET(me) && me == 2 && !x_asked && found -> to = custody[X]; x_asked = 1 };
        mail_post(me, X, to, WORK);
        to = 0;
        break
#endif
#ifdef TRAVEL
    :: atomic { me == 2 && custody[Y] == 2 && found -> custody[Y] = 1 }; mail_post(me, Y, 1, TAKE); break
    :: atomic { me == 0 && !y_asked -> to = custody[Y]; y_asked = 1 }; mail_post(me, Y, to, WORK); to = 0; break
#endif
#ifndef LISTS
    :: atomic { QUIET(me) && me == 1 && !asked && found -> to = custody[X]; asked = 1 };
        mail_post(me, X, to, DESTROY);
        to = 0;
        break
#endif
#ifdef LISTS
    :: me == 0 && !y_asked -> y_asked = 1; mail_post(me, Y, 1, WORK); break
#endif
#ifndef TRAVEL
    :: d_step { QUIET(me) && me == here && moves && !dying -> assert(!busy); busy = 1; moves-- };
        d_step {
            here = CPUS;
            busy = 0;
            to = 1 - me;
#ifndef MUTANT_TAKER_SETS_CUSTODY
            custody[X] = to
#endif
        };
        mail_post(me, X, to, TAKE);
        to = 0;
        break
#endif
    od;
serve:
#ifndef MUTANT_NUMBER_READ_AFTER_DRAIN
    round_taken = round_now;
#endif
    mail_drain(me);
#ifdef MUTANT_NUMBER_READ_AFTER_DRAIN
    round_taken = round_now;
#endif
#ifndef LISTS
    if
    :: seen[me] != round_taken -> d_step { seen[me] = round_taken; round_taken = 0; POKE(custody[X], waits) }
    :: else -> round_taken = 0
    fi;
    if
    :: dying && custody[X] == me && !freed -> limbo_run(me)
    :: else
    fi;
#endif
    if
    :: box[me] || (stage && stage <= ROUNDS && seen[me] < number) -> goto serve
    :: else -> goto end
    fi
}

init
{
    atomic {
#ifdef TRAVEL
        custody[X] = 1;
        custody[Y] = 2;
#else
        custody[X] = 0;
        custody[Y] = 1;
#endif
        run cpu(0);
        run cpu(1);
        run cpu(2)
    }
}

ltl work_is_done { [] (x_asked -> <> (x_done || freed)) }
ltl end_is_reached { [] (dying -> <> freed) }
