# SPDX-License-Identifier: MIT
"""The fields of the registers, by the names of the Arm ARM (and, of ICH_*, of IHI 0069).

decode() and short() are for the other modules. The layouts of EL2's registers are those for
HCR_EL2.E2H = 0. What a test compares with common/arch/*.h: name and place of each field."""

import collections
import re

Field = collections.namedtuple("Field", "name hi lo values words")
Decoded = collections.namedtuple("Decoded", "name hi lo value meaning")

# One field a line: bits, name, {value text|value text}, what a 1 does.
PSTATE = """
31 N
30 Z
29 C
28 V
25 TCO
24 DIT
23 UAO
22 PAN
21 SS
20 IL  each instruction is an Illegal Execution state exception
13 ALLINT
12 SSBS
11:10 BTYPE
9 D  debug exceptions are masked
8 A  SError is masked
7 I  IRQ is masked
6 F  FIQ is masked
4 M[4] {0 AArch64|1 AArch32}
3:0 M[3:0] {0 EL0t|4 EL1t|5 EL1h|8 EL2t|9 EL2h|12 EL3t|13 EL3h}
"""
PSTATE32 = """
31 N
30 Z
29 C
28 V
27 Q
26:25 IT[1:0]
24 DIT
23 SSBS
22 PAN
21 SS
20 IL  each instruction is an Illegal Execution state exception
19:16 GE
15:10 IT[7:2]
9 E  data is big-endian
8 A  SError is masked
7 I  IRQ is masked
6 F  FIQ is masked
5 T {0 A32|1 T32}
4 M[4] {0 AArch64|1 AArch32}
3:0 M[3:0] {0 User|1 FIQ|2 IRQ|3 Supervisor|6 Monitor|7 Abort|10 Hyp|11 Undefined|15 System}
"""
SCTLR_EL1 = """
63 TIDCP
62 SPINTMASK
61 NMI
60 EnTP2
57 EPAN
56 EnALS
55 EnAS0
54 EnASR
53 TME
52 TME0
51 TMT
50 TMT0
49:46 TWEDEL
45 TWEDEn
44 DSSBS
43 ATA
42 ATA0
41:40 TCF
39:38 TCF0
37 ITFSB
36 BT1
35 BT0
33 MSCEn
32 CMOW
31 EnIA  pointer authentication, instruction key A
30 EnIB  pointer authentication, instruction key B
29 LSMAOE
28 nTLSMD
27 EnDA  pointer authentication, data key A
26 UCI  EL0 may use DC and IC by address
25 EE  EL1's data and tables are big-endian
24 E0E  EL0's data is big-endian
23 SPAN  an exception to EL1 leaves PSTATE.PAN
22 EIS  an exception entry is a context synchronization event
21 IESB
20 TSCXT
19 WXN  what can be written is not executable
18 nTWE  EL0's WFE does not trap
16 nTWI  EL0's WFI does not trap
15 UCT  EL0 may read CTR_EL0
14 DZE  EL0 may use DC ZVA
13 EnDB  pointer authentication, data key B
12 I  instructions may be cached
11 EOS  an exception return is a context synchronization event
10 EnRCTX
9 UMA  EL0 may use DAIF
8 SED  SETEND is UNDEFINED in AArch32
7 ITD
6 nAA
5 CP15BEN
4 SA0  SP alignment check at EL0
3 SA  SP alignment check
2 C  data may be cached
1 A  alignment check
0 M  stage 1 translation of EL1 and EL0 is on
"""
SCTLR_HIGH = """
62 SPINTMASK
61 NMI
53 TME
51 TMT
44 DSSBS
43 ATA
41:40 TCF
37 ITFSB
36 BT
31 EnIA  pointer authentication, instruction key A
30 EnIB  pointer authentication, instruction key B
29 RES1
28 RES1
27 EnDA  pointer authentication, data key A
25 EE  data and tables are big-endian
23 RES1
22 EIS  an exception entry is a context synchronization event
21 IESB
19 WXN  what can be written is not executable
18 RES1
16 RES1
13 EnDB  pointer authentication, data key B
12 I  instructions may be cached
11 EOS  an exception return is a context synchronization event
6 nAA
5 RES1
4 RES1
3 SA  SP alignment check
2 C  data may be cached
1 A  alignment check
0 M  stage 1 translation is on
"""
CACHED = ("{0 Non-cacheable|1 Write-Back Write-Allocate|2 Write-Through|"
          "3 Write-Back no Write-Allocate}")
SHARED = "{0 Non-shareable|2 Outer Shareable|3 Inner Shareable}"
SIZES = "{0 32 bits|1 36 bits|2 40 bits|3 42 bits|4 44 bits|5 48 bits|6 52 bits|7 56 bits}"
GRANULES = "{0 4 KiB|1 64 KiB|2 16 KiB}"
TCR_HIGH = """
59 DS
33 MTX
32 TCMA
31 RES1
30 TBID
29 HWU62
28 HWU61
27 HWU60
26 HWU59
25 HWU43
24 HPD
23 RES1
22 HD
21 HA  hardware sets the access flag
20 TBI  the top byte of an address is ignored
18:16 PS %s
15:14 TG0 %s
13:12 SH0 %s
11:10 ORGN0 %s
9:8 IRGN0 %s
5:0 T0SZ
""" % (SIZES, GRANULES, SHARED, CACHED, CACHED)

TABLES = {
    "HCR_EL2": """
63:60 TWEDEL
59 TWEDEn
58 TID5  traps GMID_EL1
57 DCT
56 ATA  Allocation Tags may be used
55 TTLBOS  traps Outer Shareable TLB maintenance
54 TTLBIS  traps Inner Shareable TLB maintenance
53 EnSCXT  SCXTNUM_ELx does not trap
52 TOCU  traps cache maintenance to the Point of Unification
51 AMVOFFEN
50 TICAB  traps IC IALLUIS and IC IALLUIS-like
49 TID4  traps CCSIDR_EL1, CLIDR_EL1, CSSELR_EL1
48 GPF
47 FIEN
46 FWB  stage 2 gives the memory type
45 NV2
44 AT  traps address translation instructions
43 NV1
42 NV
41 API  pointer authentication instructions do not trap
40 APK  pointer authentication keys do not trap
39 TME
38 MIOCNCE
37 TEA  External aborts come to EL2
36 TERR  traps the error record registers
35 TLOR  traps the LORegion registers
34 E2H  a host kernel runs at EL2
33 ID  stage 2 instruction fetches are Non-cacheable
32 CD  stage 2 data accesses are Non-cacheable
31 RW {0 EL1 is AArch32|1 EL1 is AArch64}
30 TRVM  traps reads of EL1's translation controls
29 HCD  HVC is UNDEFINED
28 TDZ  traps DC ZVA
27 TGE  traps general exceptions: EL0 is EL2's
26 TVM  traps writes of EL1's translation controls
25 TTLB  traps TLB maintenance
24 TPU  traps cache maintenance to the Point of Unification
23 TPCP  traps cache maintenance to the Point of Coherency
22 TSW  traps cache maintenance by set and way
21 TACR  traps ACTLR_EL1
20 TIDCP  traps IMPLEMENTATION DEFINED functionality
19 TSC  traps SMC
18 TID3  traps ID registers, group 3
17 TID2  traps ID registers, group 2: CTR_EL0, CCSIDR_EL1, ...
16 TID1  traps ID registers, group 1: REVIDR_EL1, AIDR_EL1
15 TID0  traps ID registers, group 0: AArch32's FPSID, JIDR
14 TWE  traps WFE
13 TWI  traps WFI
12 DC  stage 1 is off, and memory Normal Write-Back by default
11:10 BSU {0 none|1 Inner Shareable|2 Outer Shareable|3 Full system}
9 FB  TLB and instruction cache maintenance is broadcast
8 VSE  a virtual SError is pending
7 VI  a virtual IRQ is pending
6 VF  a virtual FIQ is pending
5 AMO  SError comes to EL2, virtual SError is on
4 IMO  IRQ comes to EL2, virtual IRQ is on
3 FMO  FIQ comes to EL2, virtual FIQ is on
2 PTW  a stage 1 table walk to Device memory is a fault
1 SWIO  invalidation by set and way cleans, too
0 VM  stage 2 translation is on
""",
    "SPSR_EL2": PSTATE, "SPSR_EL1": PSTATE, "SPSR_EL3": PSTATE, "PSTATE": PSTATE,
    "SCTLR_EL1": SCTLR_EL1, "SCTLR_EL2": SCTLR_HIGH, "SCTLR_EL3": SCTLR_HIGH,
    "VTCR_EL2": """
33 SL2
32 DS
31 RES1
30 NSA
29 NSW
28 HWU62
27 HWU61
26 HWU60
25 HWU59
22 HD  hardware keeps the dirty state
21 HA  hardware sets the access flag
19 VS {0 8-bit VMID|1 16-bit VMID}
18:16 PS %s
15:14 TG0 %s
13:12 SH0 %s
11:10 ORGN0 %s
9:8 IRGN0 %s
7:6 SL0
5:0 T0SZ
""" % (SIZES, GRANULES, SHARED, CACHED, CACHED),
    "VTTBR_EL2": """
63:48 VMID
47:1 BADDR
0 CnP  other CPUs have the same tables
""",
    "TCR_EL1": """
61 MTX1
60 MTX0
59 DS
58 TCMA1
57 TCMA0
56 E0PD1
55 E0PD0
54 NFD1
53 NFD0
52 TBID1
51 TBID0
50 HWU162
49 HWU161
48 HWU160
47 HWU159
46 HWU062
45 HWU061
44 HWU060
43 HWU059
42 HPD1
41 HPD0
40 HD
39 HA  hardware sets the access flag
38 TBI1  the top byte of a high address is ignored
37 TBI0  the top byte of a low address is ignored
36 AS {0 8-bit ASID|1 16-bit ASID}
34:32 IPS %s
31:30 TG1 {1 16 KiB|2 4 KiB|3 64 KiB}
29:28 SH1 %s
27:26 ORGN1 %s
25:24 IRGN1 %s
23 EPD1  no table walks from TTBR1_EL1
22 A1 {0 ASID of TTBR0_EL1|1 ASID of TTBR1_EL1}
21:16 T1SZ
15:14 TG0 %s
13:12 SH0 %s
11:10 ORGN0 %s
9:8 IRGN0 %s
7 EPD0  no table walks from TTBR0_EL1
5:0 T0SZ
""" % (SIZES, SHARED, CACHED, CACHED, GRANULES, SHARED, CACHED, CACHED),
    "TCR_EL2": TCR_HIGH, "TCR_EL3": TCR_HIGH,
    "CPTR_EL2": """
31 TCPAC  traps CPACR_EL1
30 TAM  traps activity monitors
20 TTA  traps trace registers
13 RES1
12 TSM  traps SME (RES1 without FEAT_SME)
10 TFP  traps SIMD and floating point
9 RES1
8 TZ  traps SVE (RES1 without FEAT_SVE)
7:0 RES1
""",
    "MDCR_EL2": """
50 EnSTEPOP
43 EBWE
41:40 PMEE
36 HPMFZS
31:30 PMSSE
29 HPMFZO
28 MTPME
27 TDCC
26 HLP
25:24 E2TB
23 HCCD
19 TTRF  traps trace filter controls
17 HPMD
15 EnSPM
14 TPMS  traps statistical profiling
13:12 E2PB
11 TDRA  traps debug ROM address registers
10 TDOSA  traps OS lock and power-down debug registers
9 TDA  traps debug registers
8 TDE  debug exceptions come to EL2
7 HPME
6 TPM  traps the Performance Monitors
5 TPMCR  traps PMCR_EL0
4:0 HPMN
""",
    "CNTHCTL_EL2": """
20 CNTPMASK
19 CNTVMASK
18 EVNTIS
17 EL1NVVCT
16 EL1NVPCT
15 EL1TVCT
14 EL1TVT
13 ECV
7:4 EVNTI
3 EVNTDIR
2 EVNTEN
1 EL1PCEN {0 the physical timer traps|1 the physical timer is the guest's}
0 EL1PCTEN {0 the physical counter traps|1 the physical counter is the guest's}
""",
    "MAIR_EL1": "".join("%d:%d Attr%d\n" % (8 * n + 7, 8 * n, n) for n in range(7, -1, -1)),
    "HSTR_EL2": "15 T15\n" + "".join("%d T%d\n" % (n, n) for n in (13, 12, 11, 10, 9, 8, 7, 6, 5,
                                                                 3, 2, 1, 0)),
    "HPFAR_EL2": "63 NS\n43:4 FIPA\n",
    "FAR_EL2": "63:0 VA\n", "FAR_EL1": "63:0 VA\n", "FAR_EL3": "63:0 VA\n",
    "ELR_EL2": "63:0 ADDR\n", "ELR_EL1": "63:0 ADDR\n", "ELR_EL3": "63:0 ADDR\n",
    "VBAR_EL2": "63:11 VBA\n", "VBAR_EL1": "63:11 VBA\n", "VBAR_EL3": "63:11 VBA\n",
    "TTBR0_EL1": "63:48 ASID\n47:1 BADDR\n0 CnP\n", "TTBR1_EL1": "63:48 ASID\n47:1 BADDR\n0 CnP\n",
    "TTBR0_EL2": "47:1 BADDR\n0 CnP\n",
    "CPACR_EL1": """
28 TTA  traps trace registers
25:24 SMEN {0 traps SME|1 traps SME at EL0|2 traps SME|3 SME does not trap}
21:20 FPEN {0 traps SIMD and FP|1 traps SIMD and FP at EL0|2 traps SIMD and FP|3 does not trap}
17:16 ZEN {0 traps SVE|1 traps SVE at EL0|2 traps SVE|3 SVE does not trap}
""",
    "SCR_EL3": """
42 PFAREn
41 EnTP2
40 TRNDR
39 GCSEn
38 HXEn
36 AMVOFFEN
34 TWEDEn
28 ECVEn
27 FGTEn
26 ATA
25 EnSCXT
21 FIEN
20 NMEA
19 EASE
18 EEL2
17 API
16 APK
15 TERR
14 TLOR
13 TWE  traps WFE
12 TWI  traps WFI
11 ST
10 RW {0 the next lower level is AArch32|1 the next lower level is AArch64}
9 SIF
8 HCE  HVC is enabled
7 SMD  SMC is UNDEFINED
5 RES1
4 RES1
3 EA  External aborts come to EL3
2 FIQ  FIQ comes to EL3
1 IRQ  IRQ comes to EL3
0 NS {0 Secure|1 Non-secure}
""",
    "CNTV_CTL_EL0": "2 ISTATUS  the time has come\n1 IMASK  its interrupt is masked\n"
                    "0 ENABLE  the timer is on\n",
    "ICH_HCR_EL2": """
31:27 EOIcount
15 DVIM
14 TDIR  traps ICC_DIR_EL1
13 TSEI
12 TALL1  traps group 1
11 TALL0  traps group 0
10 TC  traps what both groups share: PMR, CTLR, DIR, ...
8 vSGIEOICount
7 VGrp1DIE  maintenance interrupt: the guest has disabled group 1
6 VGrp1EIE  maintenance interrupt: the guest has enabled group 1
5 VGrp0DIE  maintenance interrupt: the guest has disabled group 0
4 VGrp0EIE  maintenance interrupt: the guest has enabled group 0
3 NPIE  maintenance interrupt: no list register is pending
2 LRENPIE  maintenance interrupt: an end of interrupt without a list register
1 UIE  maintenance interrupt: none or one list register is in use
0 En  the virtual CPU interface works
""",
    "ICH_VMCR_EL2": """
31:24 VPMR
23:21 VBPR0
20:18 VBPR1
9 VEOIM {0 the end of an interrupt drops priority and deactivates|1 it drops priority only}
4 VCBPR
3 VFIQEn
2 VAckCtl
1 VENG1  the guest has enabled group 1
0 VENG0  the guest has enabled group 0
""",
    "ICH_LR_EL2": """
63:62 State {0 Invalid|1 Pending|2 Active|3 Pending and active}
61 HW  linked to a physical interrupt
60 Group {0 group 0|1 group 1}
59 NMI
55:48 Priority
44:32 pINTID
31:0 vINTID
""",
    "ICH_LR_EL2, HW is 0": """
63:62 State {0 Invalid|1 Pending|2 Active|3 Pending and active}
61 HW  linked to a physical interrupt
60 Group {0 group 0|1 group 1}
59 NMI
55:48 Priority
41 EOI  its end is to bring a maintenance interrupt
31:0 vINTID
""",
    "ICH_VTR_EL2": """
31:29 PRIbits
28:26 PREbits
25:23 IDbits
22 SEIS
21 A3V
20 nV4
19 TDS
18 DVIM
4:0 ListRegs
""",
    "ESR_EL2": "55:32 ISS2\n31:26 EC\n25 IL {0 16-bit instruction|1 32-bit instruction}\n"
               "24:0 ISS\n",
}
for name in ("ESR_EL1", "ESR_EL3"):
    TABLES[name] = TABLES["ESR_EL2"]
for name in ("MAIR_EL2", "MAIR_EL3"):
    TABLES[name] = TABLES["MAIR_EL1"]
for name in ("CNTP_CTL_EL0", "CNTHP_CTL_EL2"):
    TABLES[name] = TABLES["CNTV_CTL_EL0"]

# ---- ISS, by exception class ---------------------------------------------------------------------

CONDITION = "24 CV  COND is valid\n23:20 COND\n"
DIRECTION = "0 Direction {0 write|1 read}\n"
IMMEDIATE = "15:0 imm16\n"
COPROCESSOR = CONDITION + "19:17 Opc2\n16:14 Opc1\n13:10 CRn\n9:5 Rt\n4:1 CRm\n" + DIRECTION
COPROCESSOR64 = CONDITION + "19:16 Opc1\n14:10 Rt2\n9:5 Rt\n4:1 CRm\n" + DIRECTION
SYSTEM = "21:20 Op0\n19:17 Op2\n16:14 Op1\n13:10 CRn\n9:5 Rt\n4:1 CRm\n" + DIRECTION
FLOATING = "23 TFV\n10:8 VECITR\n7 IDF\n4 IXF\n3 UFF\n2 OFF\n1 DZF\n0 IOF\n"
SET = "12:11 SET {0 Recoverable state (UER)|2 Uncontainable (UC)|3 Restartable state (UEO)}\n"
IABT = SET + """
10 FnV  FAR is not valid
9 EA
7 S1PTW  on a stage 1 table walk
5:0 IFSC
"""
DABT = """
24 ISV  SAS, SSE, SRT, SF and AR are valid
23:22 SAS {0 byte|1 halfword|2 word|3 doubleword}
21 SSE  sign-extended
20:16 SRT
15 SF {0 Wt|1 Xt}
14 AR  Load-Acquire or Store-Release
13 VNCR  by use of VNCR_EL2
""" + SET + """
10 FnV  FAR is not valid
9 EA
8 CM  cache maintenance or address translation
7 S1PTW  on a stage 1 table walk
6 WnR {0 read|1 write}
5:0 DFSC
"""
WATCHPOINT = """
23:18 WPT
17 WPTV  WPT is valid
16 WPF
15 FnP
13 VNCR  by use of VNCR_EL2
10 FnV  FAR is not valid
8 CM  cache maintenance
6 WnR {0 read|1 write}
5:0 DFSC
"""
STEP = "24 ISV  EX is valid\n6 EX  a Load-Exclusive was stepped\n5:0 IFSC\n"

ISS = {
    0x00: "", 0x01: CONDITION + "9:5 RN\n2 RV  RN is valid\n1:0 TI {0 WFI|1 WFE|2 WFIT|3 WFET}\n",
    0x03: COPROCESSOR, 0x04: COPROCESSOR64, 0x05: COPROCESSOR,
    0x06: CONDITION + "19:12 imm8\n9:5 Rn\n4 Offset {0 subtract|1 add}\n3:1 AM\n" + DIRECTION,
    0x07: CONDITION, 0x08: COPROCESSOR, 0x09: "", 0x0c: COPROCESSOR64, 0x0d: "1:0 BTYPE\n",
    0x0e: "", 0x11: IMMEDIATE, 0x12: IMMEDIATE, 0x13: CONDITION + "19 CCKNOWNPASS\n",
    0x14: SYSTEM.replace("9:5", "9:6"), 0x15: IMMEDIATE, 0x16: IMMEDIATE, 0x17: IMMEDIATE,
    0x18: SYSTEM, 0x19: "",
    0x1a: "1 ERET {0 ERET|1 ERETAA or ERETAB}\n0 ERETA {0 ERETAA|1 ERETAB}\n",
    0x1c: "1 Bit[1] {0 instruction key|1 data key}\n0 Bit[0] {0 key A|1 key B}\n",
    0x1d: "2:0 SMTC {0 CPTR or CPACR traps SME|1 illegal in Streaming SVE mode|"
          "2 PSTATE.SM is 0|3 PSTATE.ZA is 0|4 SMCR or CPTR traps ZT0}\n",
    0x20: IABT, 0x21: IABT, 0x22: "", 0x24: DABT, 0x25: DABT, 0x26: "",
    0x27: "24 MemInst\n23 isSETG\n22:19 Options\n18 FromEpilogue\n17 WrongOption\n16 OptionA\n"
          "14:10 destreg\n9:5 srcreg\n4:0 sizereg\n",
    0x28: FLOATING, 0x2c: FLOATING,
    0x2d: "23:20 ExType\n14:10 Raddr\n9:5 Rn\n4:0 IT\n",
    0x2f: "24 IDS  IMPLEMENTATION DEFINED syndrome\n13 IESB\n12:10 AET {0 Uncontainable (UC)|"
          "1 Unrecoverable state (UEU)|2 Restartable state (UEO)|3 Recoverable state (UER)|"
          "6 Corrected (CE)}\n9 EA\n5:0 DFSC\n",
    0x30: "5:0 IFSC\n", 0x31: "5:0 IFSC\n", 0x32: STEP, 0x33: STEP, 0x34: WATCHPOINT,
    0x35: WATCHPOINT, 0x38: "15:0 Comment\n", 0x3a: "5:0 IFSC\n", 0x3c: "15:0 Comment\n",
}
SERROR = 0x2f
ABORTS = (0x20, 0x21, 0x24, 0x25)
EXTERNAL = 0x10         # the fault status code with which SET, FnV and EA say something


def parsed(table):
    fields = []
    for line in table.splitlines():
        if not line.strip():
            continue
        hi, lo, name, values, words = re.fullmatch(
            r"(\d+)(?::(\d+))? (\S+)(?: \{(.*)\})?(?:  (.*))?", line).groups()
        values = {int(number): text for number, text in
                  (one.split(" ", 1) for one in values.split("|"))} if values else {}
        fields.append(Field(name, int(hi), int(hi if lo is None else lo), values, words or ""))
    return fields


REGISTERS = {name: parsed(table) for name, table in TABLES.items()}
ISS_FIELDS = {ec: parsed(table) for ec, table in ISS.items()}
PSTATE32_FIELDS = parsed(PSTATE32)


# ---- Meanings that are computed -----------------------------------------------------------------

def general(number):
    return "xzr" if number == 31 else "x%d" % number


def memory_type(attribute):
    """A byte of MAIR_ELx."""
    if attribute >> 4 == 0:
        return {0: "Device-nGnRnE", 4: "Device-nGnRE", 8: "Device-nGRE",
                12: "Device-GRE"}.get(attribute, "Reserved")
    if attribute == 0xf0:
        return "Normal, Tagged"

    def half(bits):
        if bits == 4:
            return "Non-cacheable"
        return ("Write-Back" if bits & 4 else "Write-Through") + \
            ("" if bits & 8 else " transient") + \
            (("", " Write-Allocate", " Read-Allocate", " Read/Write-Allocate")[bits & 3])
    outer, inner = half(attribute >> 4), half(attribute & 15)
    return "Normal, " + (outer if outer == inner else "outer %s, inner %s" % (outer, inner))


def start_level(vtcr):
    """The level at which stage 2 begins to walk; of a granule of 4 KiB one less than of others."""
    begin = vtcr >> 6 & 3
    if vtcr >> 14 & 3 == 0:
        return {0: 2, 1: 1, 2: 0, 3: 3}[begin]
    return {0: 3, 1: 2, 2: 1}.get(begin)


def computed(register, name, number, whole):
    """In words, what a number means; "" if it says nothing else."""
    if name in ("T0SZ", "T1SZ"):
        return "%d-bit %s" % (64 - number, "IPAs" if register == "VTCR_EL2" else "addresses")
    if name == "SL0":
        level = start_level(whole)
        return "a walk starts at level %d" % level if level is not None else "Reserved"
    if register.startswith("MAIR"):
        return memory_type(number)
    if name == "BADDR":
        return "tables at 0x%x" % (number << 1)
    if name == "VBA":
        return "vectors at 0x%x" % (number << 11)
    if register == "HPFAR_EL2" and name == "FIPA":
        return "IPA 0x%x, and the low 12 bits of FAR_EL2" % (number << 12)
    if name == "ListRegs":
        return "%d list registers" % (number + 1)
    if name in ("PREbits", "PRIbits"):
        return "%d bits" % (number + 1)
    if name == "VPMR":
        return "less urgent than this waits" if number else "everything waits"
    if name in ("imm16", "Comment"):
        return "#%d" % number
    if name in ("SRT", "Rt", "Rt2", "RN", "Rn", "Raddr"):
        return general(number)
    return ""


def meaning(register, field, number, whole):
    if field.values:
        return field.values.get(number, "Reserved")
    if field.hi == field.lo:
        return field.words if number else ""
    return field.words or computed(register, field.name, number, whole)


# ---- What the other modules use -----------------------------------------------------------------

def fields_of(name, value):
    """A register's fields as they are with this value; of ESR_ELx the ISS is by its class."""
    fields = REGISTERS[canonical(name)]
    if canonical(name) == "ICH_LR_EL2" and not value >> 61 & 1:
        return REGISTERS["ICH_LR_EL2, HW is 0"]
    if name.startswith(("SPSR", "PSTATE")) and value & 16:
        return PSTATE32_FIELDS
    if name.startswith("ESR"):
        within = ISS_FIELDS.get(value >> 26 & 0x3f)
        if within is not None:
            fields = [field for field in fields if field.name != "ISS"] + within
    return fields


def canonical(name):
    """ICH_LR3_EL2 has the fields of all list registers."""
    return re.sub(r"^ICH_LR\d+_EL2$", "ICH_LR_EL2", name)


def decode(name, value):
    """[(field, hi, lo, value, meaning or "")], the highest bit first. What is set outside of all
    fields, or where this table says RES1, is of the name RES0 or RES1."""
    from hv.words import image_string
    found, rest = [], value
    ec = value >> 26 & 0x3f
    for field in fields_of(name, value):
        number = value >> field.lo & (1 << field.hi - field.lo + 1) - 1
        rest &= ~((1 << field.hi - field.lo + 1) - 1 << field.lo)
        text = meaning(name, field, number, value)
        if name.startswith("ESR"):
            if field.name == "EC":
                text = image_string("ec_names", number)
            elif field.name in ("DFSC", "IFSC") and ec in ABORTS:
                text = image_string("fsc_names", number)
            elif field.name in ("DFSC", "IFSC") and ec != SERROR and number == 0x22:
                text = "Debug exception"
            elif field.name == "SET" and value & 0x3f != EXTERNAL:
                text = ""
            elif field.name in ("SAS", "SF") and not value >> 24 & 1 or \
                    field.name == "SRT" and not value >> 24 & 1:
                text = "not valid"
        if field.name == "RES1" and number == (1 << field.hi - field.lo + 1) - 1:
            text = ""
        elif field.name == "RES1":
            text = "should be 1"
        found.append(Decoded(field.name, field.hi, field.lo, number, text))
    while rest:
        low = (rest & -rest).bit_length() - 1
        high = low
        while rest >> high + 1 & 1:
            high += 1
        number = rest >> low & (1 << high - low + 1) - 1
        rest &= ~(number << low)
        found.append(Decoded("RES0", high, low, number, "no field of this table"))
    return sorted(found, key=lambda one: -one.hi)


HEXADECIMAL = re.compile("EC$|.FSC$|ISS|imm16|Comment|COND|Priority|VPMR|BADDR|VBA|FIPA|Attr|"
                         "ADDR|VA$")


def number_words(one):
    """A field's value: small numbers are decimal, unless it is the custom."""
    if one.name == "EC" or one.name.startswith("Attr"):
        return "0x%02x" % one.value
    if one.hi == one.lo or one.value < 10:
        return "%d" % one.value
    if HEXADECIMAL.match(one.name) or one.hi - one.lo > 15 and one.name != "vINTID":
        return "0x%x" % one.value
    return "%d" % one.value


def brief(one):
    """The same, in a line with others."""
    return {"Inner Shareable": "IS", "Outer Shareable": "OS"}.get(one.meaning) or number_words(one)


def short(name, value):
    """One line: the names of the bits that are set, and NAME=value for what is wider."""
    if name.startswith(("SPSR", "PSTATE")):
        return pstate_short(value)
    if canonical(name) not in REGISTERS:
        return ""
    words = []
    for one in reversed(decode(name, value)):
        if one.name.startswith("RES") or not one.value and not one.name.endswith("SZ"):
            continue
        if one.hi == one.lo:
            words.append(one.name)
        elif name.startswith("MAIR"):
            words.append("%s=%s" % (one.name, one.meaning))
        elif one.name in ("BADDR", "VBA"):
            words.append("%s=0x%x" % (one.name, one.value << one.lo))
        elif one.name in ("VA", "ADDR"):
            return "0x%x" % value
        else:
            words.append("%s=%s" % (one.name, brief(one)))
    return " ".join(words) or "0"


def pstate_short(pstate):
    """EL1h DAIF, with the flags that are set: EL1h NZ D-IF"""
    mode = [one for one in decode("PSTATE", pstate) if one.name == "M[3:0]"][0].meaning
    names = ("N", "Z", "C", "V", "SS", "IL", "PAN")
    flags = "".join(one.name if len(one.name) == 1 else " " + one.name
                    for one in decode("PSTATE", pstate) if one.name in names and one.value)
    masks = "".join(name if pstate >> bit & 1 else "-"
                    for name, bit in (("D", 9), ("A", 8), ("I", 7), ("F", 6)))
    if pstate & 16:
        mode, masks = "AArch32 " + mode, masks[1:]
    return " ".join(word for word in (mode, flags.strip(), masks) if word)


def difference(name, old, new):
    """What has become of a register: "+TWI -VM VMID=2", each field that is another one."""
    if canonical(name) not in REGISTERS:
        return ""
    if name.startswith("ESR"):
        return ""
    if name.startswith(("SPSR", "PSTATE")):
        return short(name, new)
    before = {one.lo: one for one in decode(name, old)}
    words = []
    for one in reversed(decode(name, new)):
        past = before.pop(one.lo, None)
        if past is not None and past.value == one.value or one.name.startswith("RES"):
            continue
        if one.hi == one.lo:
            words.append(("+" if one.value else "-") + one.name)
        elif one.name in ("BADDR", "VBA"):
            words.append("%s=0x%x" % (one.name, one.value << one.lo))
        elif one.name not in ("VA", "ADDR"):
            words.append("%s=%s" % (one.name, brief(one)))
    return " ".join(words)


def start():
    pass
