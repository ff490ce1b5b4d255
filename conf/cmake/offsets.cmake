# SPDX-License-Identifier: BSD-2-Clause
# Numbers NASM shares with C. A file offsets.c holds asm statements that put marks "->NAME value"
# into its assembly text; scripts/mkoffsets turns these into "%define NAME value" lines.
#   arch/x86_64/offsets.c      -> generated/offsets.inc       (kernel side)
#   arch/x86_64/user/offsets.c -> generated/user_offsets.inc  (machine part of libl4)
# nasm -MD leaves out %include'd files: every NASM object gets OBJECT_DEPENDS on all of them.
function(quire_offsets source result)
  cmake_parse_arguments(arg "" "" "FLAGS" ${ARGN})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${source})
    return()
  endif()
  set(include_flags)
  foreach(dir IN LISTS QUIRE_INCLUDES)
    list(APPEND include_flags -I${dir})
  endforeach()
  set(definitions)
  foreach(define IN LISTS QUIRE_DEFINES)
    list(APPEND definitions -D${define})
  endforeach()
  # clang's own assembler would refuse the marks, which are no instructions.
  set(text_only)
  if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    set(text_only -fno-integrated-as)
  endif()
  set(out ${QUIRE_GENERATED}/${result})
  add_custom_command(
    OUTPUT ${out}
    DEPFILE ${out}.d
    COMMAND ${CMAKE_C_COMPILER} ${arg_FLAGS} ${text_only} -g0 ${definitions} ${include_flags}
            -MD -MF ${out}.d -MT ${out} -S -o ${out}.s ${CMAKE_SOURCE_DIR}/${source}
    COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mkoffsets ${out}.s ${out}
    DEPENDS ${CMAKE_SOURCE_DIR}/${source} ${QUIRE_SCRIPTS}/mkoffsets
    COMMENT "Offsets for NASM: ${result}"
    VERBATIM)
  set(QUIRE_NASM_DEPENDS ${QUIRE_NASM_DEPENDS} ${out} PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE QUIRE_NASM_DEPENDS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/arch/*.inc
     ${CMAKE_SOURCE_DIR}/libl4/*.inc ${CMAKE_SOURCE_DIR}/test/*.inc)
quire_offsets(kernel/arch/offsets.c offsets.inc FLAGS ${QUIRE_KERNEL_FLAGS})
quire_offsets(arch/x86_64/offsets.c offsets.inc FLAGS ${QUIRE_KERNEL_FLAGS})
quire_offsets(arch/x86_64/user/offsets.c user_offsets.inc FLAGS ${QUIRE_USER_FLAGS})

# Common settings of a target that has C and NASM sources.
function(quire_target_sources target flags)
  foreach(source IN LISTS ARGN)
    if(source MATCHES "\\.asm$")
      get_filename_component(folder ${source} DIRECTORY)
      set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS ${QUIRE_NASM_DEPENDS})
      set_property(SOURCE ${source} APPEND PROPERTY INCLUDE_DIRECTORIES ${folder})
    endif()
  endforeach()
  target_sources(${target} PRIVATE ${ARGN})
  target_include_directories(${target} PRIVATE ${QUIRE_INCLUDES})
  target_compile_definitions(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:${QUIRE_DEFINES}>)
  target_compile_options(
    ${target} PRIVATE "$<$<COMPILE_LANGUAGE:C>:${flags};${QUIRE_WARNINGS}>"
                      "$<$<COMPILE_LANGUAGE:ASM_NASM>:${QUIRE_NASM_FLAGS}>")
endfunction()
