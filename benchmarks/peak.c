/* The arithmetic limit: multiply-adds on registers alone, in every thread at once.
   Prints two sums over the threads, in GFLOP/s: by the clock, and by the processor time that the threads got, which is
   the same on a quiet machine. A first pass wakes the cores. */
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHAINS 12
#if defined(BF16) && defined(__AVX512BF16__)
typedef __m512 lanes;
#define FLOPS 64.0 /* 32 products, each added */
#define START(k) _mm512_set1_ps((float)k)
#define STEP(sum) _mm512_dpbf16_ps(sum, a, b)
#define INPUTS __m512bh a, b; __m512 one = _mm512_set1_ps(1e-3f); a = b = _mm512_cvtne2ps_pbh(one, one)
#define TOTAL(sum) _mm512_reduce_add_ps(sum)
#elif defined(__AVX512F__)
typedef __m512 lanes;
#define FLOPS 32.0
#define START(k) _mm512_set1_ps((float)k)
#define STEP(sum) _mm512_fmadd_ps(a, b, sum)
#define INPUTS __m512 a = _mm512_set1_ps(1e-3f), b = a
#define TOTAL(sum) _mm512_reduce_add_ps(sum)
#else
typedef __m256 lanes;
#define FLOPS 16.0
#define START(k) _mm256_set1_ps((float)k)
#define STEP(sum) _mm256_fmadd_ps(a, b, sum)
#define INPUTS __m256 a = _mm256_set1_ps(1e-3f), b = a
#define TOTAL(sum) _mm256_cvtss_f32(sum)
#endif

static double now(clockid_t kind) {
    struct timespec t;
    clock_gettime(kind, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static volatile float sink;

static void *work(void *result) {
    INPUTS;
    lanes sums[CHAINS];
    double *rates = result;
    for (int pass = 0; pass < 2; pass++) {
        long rounds = 0;
        for (int k = 0; k < CHAINS; k++) sums[k] = START(k);
        double began = now(CLOCK_MONOTONIC), busy = now(CLOCK_THREAD_CPUTIME_ID), spent;
        do {
            for (int i = 0; i < 100000; i++) {
                for (int k = 0; k < CHAINS; k++) {
                    sums[k] = STEP(sums[k]);
                    __asm__("" : "+x"(sums[k])); /* so that no step is left out, and each stays in its register */
                }
            }
            rounds += 100000;
            spent = now(CLOCK_MONOTONIC) - began;
        } while (spent < (pass ? 1.0 : 0.3));
        rates[0] = rounds * CHAINS * FLOPS / spent;
        rates[1] = rounds * CHAINS * FLOPS / (now(CLOCK_THREAD_CPUTIME_ID) - busy);
        for (int k = 0; k < CHAINS; k++) sink += TOTAL(sums[k]);
    }
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 1;
    pthread_t *ids = calloc(threads, sizeof *ids);
    double *rates = calloc(threads, 2 * sizeof *rates), wall = 0, busy = 0;
    for (int k = 0; k < threads; k++) pthread_create(&ids[k], NULL, work, &rates[2 * k]);
    for (int k = 0; k < threads; k++) {
        pthread_join(ids[k], NULL);
        wall += rates[2 * k];
        busy += rates[2 * k + 1];
    }
    printf("%.1f %.1f\n", wall / 1e9, busy / 1e9);
    return 0;
}
