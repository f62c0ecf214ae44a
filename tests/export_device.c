/* On a device, for tests/test_export.sh: an exported network's self-test, and with the clock of `qemu-system-arm -icount shift=0` how many instructions
   a window and a step take: there a tick of the 25 MHz counter is 40 of them. With SIZED nothing but the calls, with EMPTY not even those. */
#ifndef EMPTY
#define M_IMPLEMENTATION
#include "m.h"
static m_state m;
static float window[M_WINDOW * M_INPUTS], outputs[M_OUTPUTS];
#endif
#include <stdint.h>
void board_write(const char *text);
uint32_t board_stack_used(void);

#if defined(EMPTY)
int main(void) { return 0; }
#elif defined(SIZED)
int main(void) {
    m_predict(&m, window, outputs);
#ifdef STEPS
    m_reset(&m);
    m_step(&m, window, outputs);
#endif
    return outputs[0] > 0.0f;
}
#else
static void say(const char *what, uint32_t number) {
    char text[12] = "0", *end = text + 11;
    *end = 0;
    do *--end = (char)('0' + number % 10); while (number /= 10);
    board_write(what);
    board_write(end);
}

static uint32_t ticks(void) { return (0 - *(volatile uint32_t *)0xe000e018) & 0xffffff; }     /* SysTick counts down */

int main(void) {
    uint32_t stack, before, spent;
    int32_t code;
    m_predict(&m, window, outputs);
    stack = board_stack_used();
    *(volatile uint32_t *)0xe000e014 = 0xffffff;
    *(volatile uint32_t *)0xe000e018 = 0;
    *(volatile uint32_t *)0xe000e010 = 5;
    while (!ticks()) {}
    before = ticks();
    m_predict(&m, window, outputs);
    spent = (ticks() - before) & 0xffffff;
    code = m_self_test(&m);
    say("self-test ", (uint32_t)code);
    say(" state ", (uint32_t)sizeof m);
    say(" stack ", stack);
    say(" window ", spent * 40);
#ifdef STEPS
    before = ticks();
    for (stack = 0; stack < 16; stack++) m_step(&m, window, outputs);
    say(" step ", ((ticks() - before) & 0xffffff) * 40 / 16);
#endif
    board_write("\n");
    return code != 0;
}
#endif
