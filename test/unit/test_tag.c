// SPDX-License-Identifier: BSD-2-Clause
// sources:
// The message tag: no field or flag shares a bit with another, and each comes back as it was put in.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <l4/abi/item.h>
#include <l4/abi/ops.h>
#include <l4/abi/tag.h>

static void fields_come_back(void **state)
{
    static const uint64_t ops[] = {0, 1, L4_OP_REPLY_WAIT, L4_OP_KERNEL, 0xff};
    static const uint64_t small[] = {0, 1, 104, 255};
    static const uint64_t labels[] = {0, 1, 0x80000000u, UINT32_MAX};

    (void)state;
    for (unsigned o = 0; o < 5; o++) {
        for (unsigned w = 0; w < 4; w++) {
            for (unsigned l = 0; l < 4; l++) {
                uint64_t tag = l4_tag(ops[o], labels[l], small[w], small[3 - w]);

                assert_int_equal(l4_tag_op(tag), ops[o]);
                assert_int_equal(l4_tag_words(tag), small[w]);
                assert_int_equal(l4_tag_items(tag), small[3 - w]);
                assert_int_equal(l4_tag_label(tag), labels[l]);
                assert_int_equal(l4_tag_flags(tag), L4_FLAG_NATIVE);
            }
        }
    }
}

static void flags_change_no_field(void **state)
{
    static const uint64_t flags[] = {L4_FLAG_NATIVE, L4_FLAG_TIMED, L4_FLAG_SHIELD};
    uint64_t all = 0;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(all & flags[i], 0);
        all |= flags[i];
        assert_int_equal(l4_tag_op(flags[i]), 0);
        assert_int_equal(l4_tag_words(flags[i]), 0);
        assert_int_equal(l4_tag_items(flags[i]), 0);
        assert_int_equal(l4_tag_label(flags[i]), 0);
        assert_int_equal(l4_tag_flags(flags[i]), flags[i]);
    }
    assert_int_equal(all, L4_FLAG_MASK);
}

static void item_words_share_no_bit(void **state)
{
    uint64_t item = l4_item_memory(L4_ITEM_MAP, L4_RWX, 0x7ffffffff000);
    uint64_t target = l4_item_target(0x7fffffe00000, 21);

    (void)state;
    assert_int_equal(item & 15, L4_ITEM_MAP);
    assert_int_equal(item >> L4_ITEM_RIGHTS_SHIFT & L4_RWX, L4_RWX);
    assert_int_equal(item & L4_ITEM_ADDRESS_MASK, 0x7ffffffff000);
    assert_int_equal(target & 0xfff, 21);
    assert_int_equal(target & L4_ITEM_ADDRESS_MASK, 0x7fffffe00000);
    assert_int_equal((uint64_t)L4_MAP_GRANT & (L4_RWX | 3ull << L4_CACHE_SHIFT), 0);
    assert_int_equal((uint64_t)L4_GATE_ITEMS & 0xff, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_back),
        cmocka_unit_test(flags_change_no_field),
        cmocka_unit_test(item_words_share_no_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
