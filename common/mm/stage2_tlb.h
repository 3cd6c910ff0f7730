/* SPDX-License-Identifier: MIT */
/*
 * stage2_tlb.h - TLB maintenance for stage 2 and for VMIDs: the part that needs the hardware.
 *
 * To be called at EL2, on any CPU: which vCPU is loaded there does not matter.
 */
#ifndef MM_STAGE2_TLB_H
#define MM_STAGE2_TLB_H

#include "mm/stage2.h"
#include "mm/vmid.h"

/* For stage2_init(). */
extern const struct stage2_tlb_ops stage2_tlb_ops;

/* For vmid_pool_init(). */
extern const struct vmid_ops vmid_tlb_ops;

/*
 * stage2_tlb_flush_local - on this CPU only, invalidate all under the VMID that VTTBR_EL2 has now.
 * After VTTBR_EL2 was written, when vmid_must_flush_local() says so. Begins with an ISB, so
 * VTTBR_EL2 need not be followed by one.
 */
void stage2_tlb_flush_local(void);

#endif
