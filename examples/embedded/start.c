/* start.c - what stands before main on a Cortex-M with a floating-point unit: vectors, memory, the unit switched on; and a word to the debugger
   (semihosting, which QEMU speaks). Nothing of it belongs to the model: a real board brings its own. mps2.ld says where memory is. */
#include <stdint.h>

extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];
int main(void);
void reset(void);
void board_write(const char *text);
uint32_t board_stack_used(void);

static void semihost(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void board_write(const char *text) { semihost(0x04, text); }                    /* SYS_WRITE0 */

static void leave(uint32_t code) {
    const uint32_t block[2] = {0x20026, code};                                  /* ADP_Stopped_ApplicationExit */
    semihost(0x20, block);                                                      /* SYS_EXIT_EXTENDED */
    for (;;) {}
}

/* The stack is painted at reset, so how deep it went can be seen. */
#define PAINT UINT32_C(0xa5a5a5a5)
uint32_t board_stack_used(void) {
    const volatile uint32_t *word = bss_end;
    while (word < stack_top && *word == PAINT) word++;
    return 4 * (uint32_t)(stack_top - word);
}

void reset(void) {
    volatile uint32_t *to;
    const uint32_t *from;
    *(volatile uint32_t *)0xe000ed88 |= UINT32_C(0xf) << 20;                    /* CPACR: the floating-point unit */
    __asm__ volatile("dsb\n\tisb");
    for (to = data_start, from = data_load; to < data_end; ) *to++ = *from++;
    for (to = bss_start; to < bss_end; ) *to++ = 0;
    for (to = bss_end; to < (uint32_t *)__builtin_frame_address(0) - 16; ) *to++ = PAINT;
    leave((uint32_t)main());
}

static void fault(void) { board_write("fault\n"); leave(3); }

/* The first words of memory: the stack, reset, then NMI, the faults and the system's own. */
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))(uintptr_t)stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault
};
