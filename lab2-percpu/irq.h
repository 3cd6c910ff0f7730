/* SPDX-License-Identifier: MIT */
/*
 * irq.h - an interrupt, from the vector to the host's handler and to its end.
 */
#ifndef LAB2_IRQ_H
#define LAB2_IRQ_H

#include "percpu.h"

struct el2_frame;

/* Called by the IRQ vector (irq_vectors.S), with IRQs masked: runs this CPU's published handler. */
void percpu_irq(struct el2_frame *frame);

/*
 * irq_dispatch - what is published as handler: acknowledge, count, call the host, end. One
 * interrupt a call: if there are more, the CPU is interrupted again as soon as IRQs are unmasked.
 */
void irq_dispatch(struct percpu *cpu);

#endif
