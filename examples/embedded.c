/* embedded.c - forecasts on a device: no heap, no files, no operating system, of the C library memcpy alone. Bars come in (here out of a
   table; there from a wire), their features are three lines of arithmetic, and the network is a header that lstmfc wrote:

       lstmfc synth --bars 2000 --seed 1 --out candles.csv
       lstmfc train --csv candles.csv --window 24 --model "lstm 16 | dense 1 sigmoid" --out model.json \
           --features "close/lag(close,1) - 1, (high - low)/close, (close - open)/open"
       lstmfc export --model model.json --to c --out model.h
       tail -40 candles.csv | awk -F, '{ print "{" $2 ", " $3 ", " $4 ", " $5 "}," }' > bars.h
       cc -O2 -I. embedded.c -o embedded && ./embedded

   On a Cortex-M4F under QEMU (tests/test_export.sh does it, on a Cortex-M7 too: the same output):

       arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard -O2 -ffunction-sections -fdata-sections -DBOARD -I. \
           -nostartfiles -T embedded/mps2.ld -Wl,--gc-sections embedded.c embedded/start.c -o embedded.elf
       qemu-system-arm -machine mps2-an386 -nographic -monitor none -serial none -semihosting-config enable=on,target=native \
           -kernel embedded.elf

   Training without a heap: arena.c. */
#define MODEL_IMPLEMENTATION
#include "model.h"
#ifdef BOARD
void board_write(const char *text);                 /* embedded/start.c */
#else
#include <stdio.h>
static void board_write(const char *text) { fputs(text, stdout); }
#endif

typedef struct bar { double open, high, low, close; } bar;
static const bar bars[] = {
#include "bars.h"
};
enum { BARS = (int)(sizeof bars / sizeof bars[0]) };

/* All memory of the forecaster: its state, and the rows of its window. */
static model_state state;
static float window[MODEL_WINDOW * MODEL_INPUTS];
static int32_t good_rows;                           /* usable ones at the end of the window */
static double last_close;

/* A closed bar: its features become the newest row. 1: *up is the probability that the next close is higher. */
static int32_t on_bar(const bar *b, float *up) {
    double features[MODEL_INPUTS];
    int32_t i, good;
    if (!(last_close > 0)) { last_close = b->close; return 0; }
    features[0] = b->close / last_close - 1;
    features[1] = (b->high - b->low) / b->close;
    features[2] = (b->close - b->open) / b->open;
    last_close = b->close;
    for (i = 0; i < (MODEL_WINDOW - 1) * MODEL_INPUTS; i++) window[i] = window[i + MODEL_INPUTS];
    good = model_scale(features, window + i);
    good_rows = !good ? 0 : good_rows < MODEL_WINDOW ? good_rows + 1 : good_rows;
    if (good_rows < MODEL_WINDOW) return 0;
    model_predict(&state, window, up);
    return 1;
}

/* "bar 37: 0.512345", without printf, which would be larger than the network */
static void say(int32_t number, float probability) {
    char text[] = "bar     : 0.000000\n";
    int32_t k, digits = (int32_t)(probability * 1000000.0f + 0.5f);
    for (k = 7; number > 0 && k >= 4; k--, number /= 10) text[k] = (char)('0' + number % 10);
    for (k = 17; k >= 12; k--, digits /= 10) text[k] = (char)('0' + digits % 10);
    text[10] = (char)('0' + digits % 10);
    board_write(text);
}

int main(void) {
    float up = 0;
    int32_t i;
    if (model_self_test(&state)) {
        board_write("this machine does not compute what the library computed\n");
        return 1;
    }
    for (i = 0; i < BARS; i++)
        if (on_bar(&bars[i], &up)) say(i + 1, up);
    return 0;
}
