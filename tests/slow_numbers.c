/* The tests of chapter 4 with four times the rounds: 2^20 random doubles and floats to text and back. */
#define SLOW
#include "test_numbers.c"
