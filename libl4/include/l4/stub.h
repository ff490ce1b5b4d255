// SPDX-License-Identifier: BSD-2-Clause
// Which variant of a stub a file gets. Vector registers, x87 and MXCSR are clobbered by every call and seen
// by the other side. A file compiled with vector registers gets stubs that clear them before they leave the
// program and keep MXCSR and the control word of x87 (NAME_vectors). A file compiled without
// (-mgeneral-regs-only) has nothing there to hide or to lose, and gets stubs that leave them alone
// (NAME_general).
//
// A program that has files of both kinds compiles those without with -DL4_VECTORS=1, or keeps calls out of
// them: a stub of the general kind would hand on what the other files hold. libl4 itself is compiled so,
// since it does not know what it will be linked with.
#ifndef L4_STUB_H
#define L4_STUB_H

#if defined(__SSE__) || defined(L4_VECTORS)
#define L4_STUB_VECTORS 1
#define L4_STUB_VARIANT "_vectors"
#else
#define L4_STUB_VECTORS 0
#define L4_STUB_VARIANT "_general"
#endif

// Behind a declaration: the function is the symbol NAME_variant.
#define L4_STUB(name)         __asm__(#name L4_STUB_VARIANT)
#define L4_STUB_GENERAL(name) __asm__(#name "_general")

#endif
