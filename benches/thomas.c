/* Implicit steps of the double well's Scharfetter-Gummel operator on a line by Thomas's algorithm, each eliminating anew.
   Prints the seconds and the probability at the centre. Usage: thomas CELLS STEPS STEP */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double bernoulli(double z) { return fabs(z) < 1e-8 ? 1 - z / 2 : z / expm1(z); }

int main(int count, char **words) {
    if (count != 4) return 2;
    int n = atoi(words[1]), steps = atoi(words[2]);
    double h = atof(words[3]), width = 6.0 / n, mass = 0;
    double *below = calloc(n, 8), *diagonal = malloc(8 * n), *above = calloc(n, 8), *ratio = malloc(8 * n), *u = malloc(8 * n);
    for (int i = 0; i < n; i++) {
        double x = -3 + (i + 0.5) * width;
        diagonal[i] = 1;
        mass += u[i] = exp(-(x + 1) * (x + 1) / 0.08);
    }
    for (int i = 0; i < n; i++) u[i] /= mass * width;
    for (int i = 0; i + 1 < n; i++) {
        double x = -3 + (i + 0.5) * width, y = x + width;
        double z = pow(y * y - 1, 2) - pow(x * x - 1, 2), scale = h / (width * width);
        double up = scale * bernoulli(z), down = scale * bernoulli(-z);
        diagonal[i] += up;
        below[i + 1] = -up;
        diagonal[i + 1] += down;
        above[i] = -down;
    }
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int k = 0; k < steps; k++) {
        double last = 0, value = 0;
        for (int i = 0; i < n; i++) {
            double pivot = 1 / (diagonal[i] - below[i] * last);
            last = ratio[i] = above[i] * pivot;
            value = u[i] = (u[i] - below[i] * value) * pivot;
        }
        for (int i = n - 2; i >= 0; i--) u[i] -= ratio[i] * u[i + 1];
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f %.15e\n", end.tv_sec - start.tv_sec + 1e-9 * (end.tv_nsec - start.tv_nsec), u[n / 2]);
    return 0;
}
