# SPDX-License-Identifier: MIT
#
# look.gdb - the commands that look, in lab 1: fields against common/arch, syndromes of each class, an exception
# of EL2's own. No line of the source and no address of a symbol is expected anywhere.

python
import os
import re
import time
import gdb

COMMANDS = ("where", "esr", "hcr", "spsr", "vtcr", "vttbr", "sctlr", "cptr", "mdcr", "cnthctl", "tcr", "mair",
            "hstr", "far", "hpfar", "elr", "vbar", "pstate", "cpacr", "scr", "ich_hcr", "ich_vmcr", "ich_lr",
            "ich_vtr", "sysregs", "sysregs hyp", "sysregs guest", "sysregs gic", "sysregs timer",
            "sysregs --changed", "frame", "vcpu", "vms", "percpu", "exits", "state", "vectors")

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def show(command):
    print(aid(command), end="")

def context(command):
    """Of what a stop shows, the lines of the aids."""
    for line in aid(command).splitlines():
        if line.startswith(("-- ", "   ")):
            print(line)

def run_to(where, condition=""):
    gdb.execute("tbreak %s %s" % (where, condition), to_string=True)
    gdb.execute("continue", to_string=True)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def prompt():
    print(aid("el2labs-prompt"))

def all_answer():
    """Each command gives lines, or says in one line why not; and is quick, on a machine that is not too busy."""
    wrong = []
    for command in COMMANDS:
        for again in range(3):
            begin = time.time()
            text = aid("hv " + command)
            if time.time() - begin < 1:
                break
        else:
            wrong.append("%s: %.1f s" % (command, time.time() - begin))
        if "Traceback" in text or "cannot tell here" in text or not text.strip() or \
                text.startswith("error") and text.count("\n") != 1:
            wrong.append("%s: %s" % (command, text))
    print("all of them answer: %s" % (wrong or True))

def frame_is_right(argument=""):
    """Of "hv frame": the marks, and the values beside those that GDB has."""
    wrong, rows = [], 0
    for line in aid("hv frame " + argument).splitlines():
        found = re.match(r"([ *]) (x\d+|sp|sp_el0|elr|spsr|esr|far) +(0x\w+)  (0x\w+)", line)
        if not found:
            continue
        rows += 1
        mark, name, saved, live = found.groups()
        if (mark == "*") != (saved != live):
            wrong.append(line)
        if name[0] == "x" and int(live, 16) != number("$" + name):
            wrong.append(line)
    print("rows: %d, wrong: %s" % (rows, wrong))
end

# test: each field of the headers is in the tables, at the same place and by the same name
# handout: lab1-el2-entry/README.md, "A GDB session"
python
from hv import fields

REGISTERS = {"HCR": "HCR_EL2", "SPSR": "SPSR_EL2", "SCTLR_EL1": "SCTLR_EL1", "SCTLR_EL2": "SCTLR_EL2",
             "HPFAR_EL2": "HPFAR_EL2", "CPTR_EL2": "CPTR_EL2", "MDCR_EL2": "MDCR_EL2",
             "CNTHCTL": "CNTHCTL_EL2", "TCR_EL1": "TCR_EL1", "TCR_EL2": "TCR_EL2", "VTCR_EL2": "VTCR_EL2",
             "VTTBR_EL2": "VTTBR_EL2", "SCR_EL3": "SCR_EL3", "ICH_HCR": "ICH_HCR_EL2",
             "ICH_VMCR": "ICH_VMCR_EL2", "ICH_LR": "ICH_LR_EL2", "ICH_VTR": "ICH_VTR_EL2"}
SYNDROMES = {"WFX": 0x01, "SYS64": 0x18, "DABT": 0x24, "IABT": 0x20, "SERROR": 0x2f, "BTI": 0x0d}
# Names that the headers make up, and parts of what is one field there or here.
OTHERWISE = {"SPSR_M": None, "SPSR_M_AARCH32": None, "SPSR_E32": None, "SPSR_A32_T": None,
             "SPSR_A32_IT_HIGH": None, "SPSR_A32_IT_LOW": None, "DABT_LST": None, "ICH_LR_PENDING": None,
             "ICH_LR_ACTIVE": None, "ICH_LR_GROUP1": "Group", "ICH_LR_EOI": None, "SYS64_READ": "Direction",
             "HCR_E2H_SHIFT": None}
names = sorted(list(REGISTERS) + list(SYNDROMES), key=len, reverse=True)
compared, differ = {}, []
for header in ("sysreg_fields.h", "esr.h", "../drivers/gich.h"):
    with open(os.path.join(os.environ["EL2LABS_HEADERS"], "arch", header)) as file:
        text = file.read()
    for name, bits in re.findall(r"^#define (\w+)\s+((?:BIT|GENMASK)\([0-9, ]+\))", text, re.M):
        owner = next((one for one in names if name.startswith(one + "_")), None)
        if owner is None or name.endswith("_RES1") or name in OTHERWISE and OTHERWISE[name] is None:
            continue
        field = OTHERWISE.get(name, name[len(owner) + 1:])
        places = [int(one) for one in re.findall(r"\d+", bits)]
        wanted = (field.lower(), places[0], places[-1])
        table = fields.REGISTERS[REGISTERS[owner]] if owner in REGISTERS else \
            fields.ISS_FIELDS[SYNDROMES[owner]]
        compared[owner] = compared.get(owner, 0) + 1
        if wanted not in [(one.name.lower(), one.hi, one.lo) for one in table]:
            differ.append(name)
print("compared, of HCR_EL2, of the Data Abort's ISS, in all: %s" % (
    compared["HCR"] >= 55 and compared["DABT"] >= 14 and len(compared) == 23 and sum(compared.values()) > 170))
print("differ: %s" % differ)
overlap = []
for name, table in list(fields.REGISTERS.items()) + list(fields.ISS_FIELDS.items()):
    used = 0
    for one in table:
        mask = (1 << one.hi + 1) - (1 << one.lo)
        if used & mask or one.hi < one.lo:
            overlap.append((name, one.name))
        used |= mask
print("fields that overlap: %s" % overlap)
end
#> compared, of HCR_EL2, of the Data Abort's ISS, in all: True
#> differ: []
#> fields that overlap: []

# test: registers by value: fields with their meanings, then the names of those that are 0
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for command in ("hcr 0x807c663f", "spsr 0x600003c5", "spsr 0x1d3", "vtcr 0x80043558", "vttbr 0x000100007c030001",
                "cptr 0x33ff", "mair 0xff0444", "tcr 0x80843519", "ich_lr 0x50a0000000000021",
                "ich_vmcr 0xf0000002", "hpfar 0x90000", "cnthctl 1", "mdcr 0xe66", "vtcr 0x80000000000"):
    print("(gdb) hv " + command)
    show("hv " + command)
end
#> (gdb) hv hcr 0x807c663f
#> HCR_EL2 0x00000000807c663f  VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TWE TID3 TSC TIDCP TACR TSW RW
#>      31  RW        1      EL1 is AArch64
#>      22  TSW       1      traps cache maintenance by set and way
#>      21  TACR      1      traps ACTLR_EL1
#>      20  TIDCP     1      traps IMPLEMENTATION DEFINED functionality
#>      19  TSC       1      traps SMC
#>      18  TID3      1      traps ID registers, group 3
#>      14  TWE       1      traps WFE
#>      13  TWI       1      traps WFI
#>   11:10  BSU       1      Inner Shareable
#>       9  FB        1      TLB and instruction cache maintenance is broadcast
#>       5  AMO       1      SError comes to EL2, virtual SError is on
#>       4  IMO       1      IRQ comes to EL2, virtual IRQ is on
#>       3  FMO       1      FIQ comes to EL2, virtual FIQ is on
#>       2  PTW       1      a stage 1 table walk to Device memory is a fault
#>       1  SWIO      1      invalidation by set and way cleans, too
#>       0  VM        1      stage 2 translation is on
#>   0: TWEDEL TWEDEn TID5 DCT ATA TTLBOS TTLBIS EnSCXT TOCU AMVOFFEN TICAB TID4 GPF FIEN FWB NV2 AT
#>      NV1 NV API APK TME MIOCNCE TEA TERR TLOR E2H ID CD TRVM HCD TDZ TGE TVM TTLB TPU TPCP TID2
#>      TID1 TID0 DC VSE VI VF
#> (gdb) hv spsr 0x600003c5
#> SPSR_EL2 0x00000000600003c5  EL1h (kernel), DAIF masked
#>      30  Z         1
#>      29  C         1
#>       9  D         1      debug exceptions are masked
#>       8  A         1      SError is masked
#>       7  I         1      IRQ is masked
#>       6  F         1      FIQ is masked
#>       4  M[4]      0      AArch64
#>     3:0  M[3:0]    5      EL1h
#>   0: N V TCO DIT UAO PAN SS IL ALLINT SSBS BTYPE
#> (gdb) hv spsr 0x1d3
#> SPSR_EL2 0x00000000000001d3  AArch32, mode 0x13, -AIF masked
#>       8  A         1      SError is masked
#>       7  I         1      IRQ is masked
#>       6  F         1      FIQ is masked
#>       5  T         0      A32
#>       4  M[4]      1      AArch32
#>     3:0  M[3:0]    3      Supervisor
#>   0: N Z C V Q IT[1:0] DIT SSBS PAN SS IL GE IT[7:2] E
#> (gdb) hv vtcr 0x80043558
#> VTCR_EL2 0x0000000080043558  T0SZ=24 SL0=1 IRGN0=1 ORGN0=1 SH0=IS PS=4
#>      19  VS        0      8-bit VMID
#>   18:16  PS        4      44 bits
#>   15:14  TG0       0      4 KiB
#>   13:12  SH0       3      Inner Shareable
#>   11:10  ORGN0     1      Write-Back Write-Allocate
#>     9:8  IRGN0     1      Write-Back Write-Allocate
#>     7:6  SL0       1      a walk starts at level 1
#>     5:0  T0SZ      24     40-bit IPAs
#>   0: SL2 DS NSA NSW HWU62 HWU61 HWU60 HWU59 HD HA
#> (gdb) hv vttbr 0x000100007c030001
#> VTTBR_EL2 0x000100007c030001  CnP BADDR=0x7c030000 VMID=1
#>   63:48  VMID      1
#>    47:1  BADDR     0x3e018000 tables at 0x7c030000
#>       0  CnP       1      other CPUs have the same tables
#> (gdb) hv cptr 0x33ff
#> CPTR_EL2 0x00000000000033ff  TZ TSM
#>      12  TSM       1      traps SME (RES1 without FEAT_SME)
#>       8  TZ        1      traps SVE (RES1 without FEAT_SVE)
#>   0: TCPAC TAM TTA TFP
#> (gdb) hv mair 0xff0444
#> MAIR_EL2 0x0000000000ff0444
#>   63:56  Attr7     0x00   Device-nGnRnE
#>   55:48  Attr6     0x00   Device-nGnRnE
#>   47:40  Attr5     0x00   Device-nGnRnE
#>   39:32  Attr4     0x00   Device-nGnRnE
#>   31:24  Attr3     0x00   Device-nGnRnE
#>   23:16  Attr2     0xff   Normal, Write-Back Read/Write-Allocate
#>    15:8  Attr1     0x04   Device-nGnRE
#>     7:0  Attr0     0x44   Normal, Non-cacheable
#> (gdb) hv tcr 0x80843519
#> TCR_EL2 0x0000000080843519  T0SZ=25 IRGN0=1 ORGN0=1 SH0=IS PS=4
#>   18:16  PS        4      44 bits
#>   15:14  TG0       0      4 KiB
#>   13:12  SH0       3      Inner Shareable
#>   11:10  ORGN0     1      Write-Back Write-Allocate
#>     9:8  IRGN0     1      Write-Back Write-Allocate
#>     5:0  T0SZ      25     39-bit addresses
#>   0: DS MTX TCMA TBID HWU62 HWU61 HWU60 HWU59 HWU43 HPD HD HA TBI
#> (gdb) hv ich_lr 0x50a0000000000021
#> ICH_LR_EL2 0x50a0000000000021  vINTID=33 Priority=0xa0 Group State=1
#>   63:62  State     1      Pending
#>      60  Group     1      group 1
#>   55:48  Priority  0xa0
#>    31:0  vINTID    33
#>   0: HW NMI EOI
#> (gdb) hv ich_vmcr 0xf0000002
#> ICH_VMCR_EL2 0x00000000f0000002  VENG1 VPMR=0xf0
#>   31:24  VPMR      0xf0   less urgent than this waits
#>       9  VEOIM     0      the end of an interrupt drops priority and deactivates
#>       1  VENG1     1      the guest has enabled group 1
#>   0: VBPR0 VBPR1 VCBPR VFIQEn VAckCtl VENG0
#> (gdb) hv hpfar 0x90000
#> HPFAR_EL2 0x0000000000090000
#>    43:4  FIPA      0x9000 IPA 0x9000000, and the low 12 bits of FAR_EL2
#>   0: NS
#> (gdb) hv cnthctl 1
#> CNTHCTL_EL2 0x0000000000000001  EL1PCTEN
#>       1  EL1PCEN   0      the physical timer traps
#>       0  EL1PCTEN  1      the physical counter is the guest's
#>   0: CNTPMASK CNTVMASK EVNTIS EL1NVVCT EL1NVPCT EL1TVCT EL1TVT ECV EVNTI EVNTDIR EVNTEN
#> (gdb) hv mdcr 0xe66
#> MDCR_EL2 0x0000000000000e66  HPMN=6 TPMCR TPM TDA TDOSA TDRA
#>      11  TDRA      1      traps debug ROM address registers
#>      10  TDOSA     1      traps OS lock and power-down debug registers
#>       9  TDA       1      traps debug registers
#>       6  TPM       1      traps the Performance Monitors
#>       5  TPMCR     1      traps PMCR_EL0
#>     4:0  HPMN      6
#>   0: EnSTEPOP EBWE PMEE HPMFZS PMSSE HPMFZO MTPME TDCC HLP E2TB HCCD TTRF HPMD EnSPM TPMS E2PB TDE
#>      HPME
#> (gdb) hv vtcr 0x80000000000
#> VTCR_EL2 0x0000080000000000  T0SZ=0
#>      43  RES0      1      no field of this table
#>      31  RES1      0      should be 1
#>      19  VS        0      8-bit VMID
#>   18:16  PS        0      32 bits
#>   15:14  TG0       0      4 KiB
#>   13:12  SH0       0      Non-shareable
#>   11:10  ORGN0     0      Non-cacheable
#>     9:8  IRGN0     0      Non-cacheable
#>     7:6  SL0       0      a walk starts at level 2
#>     5:0  T0SZ      0      64-bit IPAs
#>   0: SL2 DS NSA NSW HWU62 HWU61 HWU60 HWU59 HD HA

# test: syndromes: the fields of each class
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for value in (0x5a000002, 0x93830045, 0x92000010 | 1 << 10, 0x62232863, 0x62332879, 0x06000000 | 3 | 7 << 5 | 4,
              0x1fe00000, 0xbe000411, 0xf2000029, 0x86000007 | 1 << 7, 0x0fe00000 | 0x3 << 5, 0x72000002,
              0xce000022 | 1 << 24, 0xd2000062, 0x6a000003, 0x36000002, 0x1000000000000000):
    print("(gdb) hv esr 0x%x" % value)
    show("hv esr 0x%x" % value)
end
#> (gdb) hv esr 0x5a000002
#> 0x000000005a000002  EC 0x16, IL 1, ISS 0x0000002: HVC instruction execution in AArch64 state, #2
#>   31:26  EC        0x16   HVC instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>    15:0  imm16     2      #2
#>   0: ISS2
#> (gdb) hv esr 0x93830045
#> 0x0000000093830045  EC 0x24, IL 1, ISS 0x1830045: Data Abort from a lower Exception level, write of 4 bytes, register x3, Translation fault, level 1
#>   31:26  EC        0x24   Data Abort from a lower Exception level
#>      25  IL        1      32-bit instruction
#>      24  ISV       1      SAS, SSE, SRT, SF and AR are valid
#>   23:22  SAS       2      word
#>   20:16  SRT       3      x3
#>      15  SF        0      Wt
#>       6  WnR       1      write
#>     5:0  DFSC      5      Translation fault, level 1
#>   0: ISS2 SSE AR VNCR SET FnV EA CM S1PTW
#> (gdb) hv esr 0x92000410
#> 0x0000000092000410  EC 0x24, IL 1, ISS 0x0000410: Data Abort from a lower Exception level, read, Synchronous External abort, not on translation table walk or hardware update of translation table
#>   31:26  EC        0x24   Data Abort from a lower Exception level
#>      25  IL        1      32-bit instruction
#>   23:22  SAS       0      not valid
#>   20:16  SRT       0      not valid
#>      15  SF        0      not valid
#>   12:11  SET       0      Recoverable state (UER)
#>      10  FnV       1      FAR is not valid
#>       6  WnR       0      read
#>     5:0  DFSC      0x10   Synchronous External abort, not on translation table walk or hardware update of translation table
#>   0: ISS2 ISV SSE AR VNCR EA CM S1PTW
#> (gdb) hv esr 0x62232863
#> 0x0000000062232863  EC 0x18, IL 1, ISS 0x0232863: Trapped MSR, MRS or System instruction execution in AArch64 state, mrs x3, s2_4_c10_c1_1
#>   31:26  EC        0x18   Trapped MSR, MRS or System instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>   21:20  Op0       2
#>   19:17  Op2       1
#>   16:14  Op1       4
#>   13:10  CRn       10
#>     9:5  Rt        3      x3
#>     4:1  CRm       1
#>       0  Direction 1      read
#>   0: ISS2
#> (gdb) hv esr 0x62332879
#> 0x0000000062332879  EC 0x18, IL 1, ISS 0x0332879: Trapped MSR, MRS or System instruction execution in AArch64 state, mrs x3, s3_4_c10_c12_1
#>   31:26  EC        0x18   Trapped MSR, MRS or System instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>   21:20  Op0       3
#>   19:17  Op2       1
#>   16:14  Op1       4
#>   13:10  CRn       10
#>     9:5  Rt        3      x3
#>     4:1  CRm       12
#>       0  Direction 1      read
#>   0: ISS2
#> (gdb) hv esr 0x60000e7
#> 0x00000000060000e7  EC 0x01, IL 1, ISS 0x00000e7: Trapped WF* instruction execution, WFET
#>   31:26  EC        0x01   Trapped WF* instruction execution
#>      25  IL        1      32-bit instruction
#>     9:5  RN        7      x7
#>       2  RV        1      RN is valid
#>     1:0  TI        3      WFET
#>   0: ISS2 CV COND
#> (gdb) hv esr 0x1fe00000
#> 0x000000001fe00000  EC 0x07, IL 1, ISS 0x1e00000: Access to SME, SVE, Advanced SIMD or floating-point functionality trapped
#>   31:26  EC        0x07   Access to SME, SVE, Advanced SIMD or floating-point functionality trapped
#>      25  IL        1      32-bit instruction
#>      24  CV        1      COND is valid
#>   23:20  COND      0xe
#>   0: ISS2
#> (gdb) hv esr 0xbe000411
#> 0x00000000be000411  EC 0x2f, IL 1, ISS 0x0000411: SError exception
#>   31:26  EC        0x2f   SError exception
#>      25  IL        1      32-bit instruction
#>   12:10  AET       1      Unrecoverable state (UEU)
#>     5:0  DFSC      0x11
#>   0: ISS2 IDS IESB EA
#> (gdb) hv esr 0xf2000029
#> 0x00000000f2000029  EC 0x3c, IL 1, ISS 0x0000029: BRK instruction execution in AArch64 state, #41
#>   31:26  EC        0x3c   BRK instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>    15:0  Comment   0x29   #41
#>   0: ISS2
#> (gdb) hv esr 0x86000087
#> 0x0000000086000087  EC 0x21, IL 1, ISS 0x0000087: Instruction Abort taken without a change in Exception level, Translation fault, level 3, on a stage 1 table walk
#>   31:26  EC        0x21   Instruction Abort taken without a change in Exception level
#>      25  IL        1      32-bit instruction
#>       7  S1PTW     1      on a stage 1 table walk
#>     5:0  IFSC      7      Translation fault, level 3
#>   0: ISS2 SET FnV EA
#> (gdb) hv esr 0xfe00060
#> 0x000000000fe00060  EC 0x03, IL 1, ISS 0x1e00060: Trapped MCR or MRC access with (coproc==0b1111), mcr p15, 0, r3, c0, c0, 0
#>   31:26  EC        0x03   Trapped MCR or MRC access with (coproc==0b1111)
#>      25  IL        1      32-bit instruction
#>      24  CV        1      COND is valid
#>   23:20  COND      0xe
#>     9:5  Rt        3      x3
#>       0  Direction 0      write
#>   0: ISS2 Opc2 Opc1 CRn CRm
#> (gdb) hv esr 0x72000002
#> 0x0000000072000002  EC 0x1c, IL 1, ISS 0x0000002: Exception from a PAC Fail
#>   31:26  EC        0x1c   Exception from a PAC Fail
#>      25  IL        1      32-bit instruction
#>       1  Bit[1]    1      data key
#>       0  Bit[0]    0      key A
#>   0: ISS2
#> (gdb) hv esr 0xcf000022
#> 0x00000000cf000022  EC 0x33, IL 1, ISS 0x1000022: Software Step exception taken without a change in Exception level
#>   31:26  EC        0x33   Software Step exception taken without a change in Exception level
#>      25  IL        1      32-bit instruction
#>      24  ISV       1      EX is valid
#>     5:0  IFSC      0x22   Debug exception
#>   0: ISS2 EX
#> (gdb) hv esr 0xd2000062
#> 0x00000000d2000062  EC 0x34, IL 1, ISS 0x0000062: Watchpoint exception from a lower Exception level
#>   31:26  EC        0x34   Watchpoint exception from a lower Exception level
#>      25  IL        1      32-bit instruction
#>       6  WnR       1      write
#>     5:0  DFSC      0x22   Debug exception
#>   0: ISS2 WPT WPTV WPF FnP VNCR FnV CM
#> (gdb) hv esr 0x6a000003
#> 0x000000006a000003  EC 0x1a, IL 1, ISS 0x0000003: Trapped ERET, ERETAA, or ERETAB instruction execution, ERETAB
#>   31:26  EC        0x1a   Trapped ERET, ERETAA, or ERETAB instruction execution
#>      25  IL        1      32-bit instruction
#>       1  ERET      1      ERETAA or ERETAB
#>       0  ERETA     1      ERETAB
#>   0: ISS2
#> (gdb) hv esr 0x36000002
#> 0x0000000036000002  EC 0x0d, IL 1, ISS 0x0000002: Branch Target Exception
#>   31:26  EC        0x0d   Branch Target Exception
#>      25  IL        1      32-bit instruction
#>     1:0  BTYPE     2
#>   0: ISS2
#> (gdb) hv esr 0x1000000000000000
#> 0x1000000000000000  EC 0x00, IL 0, ISS 0x0000000: Unknown reason
#>      60  RES0      1      no field of this table
#>   31:26  EC        0x00   Unknown reason
#>      25  IL        0      16-bit instruction
#>   0: ISS2

# test: of each class something is said, and no value makes a traceback
# handout: lab1-el2-entry/README.md, "A GDB session"
python
from hv.words import esr_short, esr_words
wrong = []
for ec in range(64):
    for iss in (0, 0x1ffffff, 0x1555555, 0x0aaaaaa):
        esr = ec << 26 | iss
        total = 0
        for one in fields.decode("ESR_EL2", esr):
            total |= one.value << one.lo
        if total != esr or not esr_short(esr) or not esr_words(esr):
            wrong.append(hex(esr))
for name in fields.REGISTERS:
    for value in (0, 2 ** 64 - 1, 0x5555555555555555, 0x123456789abcdef0):
        total = 0
        for one in fields.decode(name, value):
            total |= one.value << one.lo
        if total != value or not isinstance(fields.short(name, value), str) or \
                not isinstance(fields.difference(name, 0, value), str):
            wrong.append(name)
print("the fields do not add up, or nothing is said: %s" % wrong)
end
#> the fields do not add up, or nothing is said: []

# test: at the first stop there is nothing to compare with; each command says what there is, or why not
# handout: lab1-el2-entry/README.md, "A GDB session"
python
prompt()
for command in ("where", "vcpu", "vms", "percpu", "exits", "frame", "sysregs guest", "sysregs gic",
                "sysregs --changed", "sysregs --all", "esr nothing", "hcr 1 +", "ich_hcr", "spsr EL4",
                "hpfar EL1", "where here"):
    show("hv " + command)
all_answer()
end
#> (EL2 hypervisor)
#> CPU 0 is at EL2, in the hypervisor: el2_entry, entry.S:<*>.
#> No synchronous exception has come to EL2 yet.
#> error: This image has no vCPU: lab 3's is the first that has.
#> error: This image has no VM: lab 3's is the first that has.
#> error: This image has no struct percpu: lab 2's is the first that has.
#> error: This image has no log of exits: lab 4's is the first that has.
#> error: No struct el2_frame is in the backtrace here: either no exception is being handled, or its frame is no handler's argument (yet).
#> error: This image has no table of a guest's registers: lab 3's is the first that has.
#> error: This image has no table of a guest's registers: lab 3's is the first that has.
#> error: This is this CPU's first stop: nothing to compare with.
#> error: There is no option --all: only --changed.
#> error: "nothing" is no number here.
#> error: "1 +" is no number here.
#> error: GDB cannot read ICH_HCR_EL2 in the CPU: give a value, "hv ich_hcr 0x...".
#> error: "EL4" is no number here.
#> error: There is no HPFAR_EL1 among the registers that hv has fields of.
#> error: "hv where" takes no argument.
#> all of them answer: True

# test: at its vector an exception is told, with what it has changed
# handout: lab1-el2-entry/README.md, "A GDB session"
python
run_to("main")
gdb.execute("tbreak *((unsigned long)el2_vectors + 0x200)", to_string=True)
context("continue")
show("hv where")
show("hv esr")
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- exception: BRK #41, ELR_EL2 <*>
#> -- changed: <*>SPSR_EL2 EL2h <*>D-IF<*>
#> CPU 0 is at EL2, in the hypervisor: el2_vectors+0x200, vectors.S:<*>.
#> The last exception, from EL2 itself: BRK #41, ELR_EL2 <*>.
#> 0x00000000f2000029  EC 0x3c, IL 1, ISS 0x0000029: BRK instruction execution in AArch64 state, #41
#>   31:26  EC        0x3c   BRK instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>    15:0  Comment   0x29   #41
#>   0: ISS2

# test: it is told once; its frame is beside the registers
# handout: lab1-el2-entry/README.md, "A GDB session"
python
gdb.execute("tbreak el2_exception", to_string=True)
context("continue")
show("hv where")
frame_is_right()
print("elr and esr: %d" % len(re.findall(r"  e[ls]r +0x\w{16}  0x\w{16}  E[LS]R_EL2", aid("hv frame"))))
print("by an argument: %s" % (aid("hv frame frame").splitlines()[1:] == aid("hv frame").splitlines()[1:]))
show("hv frame 1")
all_answer()
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> CPU 0 is at EL2, in the hypervisor: el2_exception<*>, exception.c:<*>.
#> The last exception, from EL2 itself: BRK #41, ELR_EL2 <*>.
#> rows: 36, wrong: []
#> elr and esr: 2
#> by an argument: True
#> error: "1" is no trap frame and no vCPU here.
#> all of them answer: True

# test: each command is asked in a handout, and has its help
# handout: lab1-el2-entry/README.md, "A GDB session"
python
import glob
asked = set()
for path in glob.glob(os.environ["EL2LABS_HANDOUTS"] + "/lab*/README.md"):
    asked |= set(re.findall(r"^\(.*\) hv ([a-z_-]+)", open(path, encoding="utf-8").read(), re.M))
names = re.findall(r"^hv (\S+) -- ", aid("help hv"), re.M)
print("commands: %s, not in a handout: %s, without help: %s" % (
    len(names) > 40, sorted(set(names) - asked),
    [name for name in names if aid("help hv " + name).count("\n") < 1 or "undefined" in aid("help hv " + name)]))
print("asked, and not there: %s" % sorted(asked - set(names)))
end
#> commands: True, not in a handout: [], without help: []
#> asked, and not there: []

# test: --changed is about the last stop
# handout: lab1-el2-entry/README.md, "A GDB session"
python
context("stepi")
show("hv sysregs --changed")
gdb.execute("tbreak *((unsigned long)el2_vectors + 0x200)", to_string=True)
gdb.execute("continue", to_string=True)
show("hv sysregs hyp --changed")
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> No change since the stop before.
#> ...
#>   ELR_EL2          0x<*> -> 0x<*>
#> ...
#>   ESR_EL2          0x00000000f2000029 -> 0x0000000097c<*>8006
#>   FAR_EL2          0x<*> -> 0x<*>

# test: what a handler writes to ELR_EL2 is no new exception
# handout: lab1-el2-entry/README.md, "A GDB session"
python
from hv.machine import symbol
place = symbol(number("$ELR_EL2"))
before = aid("hv where").splitlines()[-1]
gdb.execute("delete")
gdb.execute("tbreak *((unsigned long)el2_vectors + 0x200)", to_string=True)
gdb.execute("tbreak console_flush", to_string=True)
context("continue")
words, now = re.fullmatch(r"The last exception, from EL2 itself: (.*) \(ELR_EL2 is now (\S+)\)\.",
                          aid("hv where").splitlines()[-1]).groups()
print("the same: %s, ELR_EL2 as it is: %s, not as it was: %s" % (
    words in before, now == symbol(number("$ELR_EL2")), now != place and place in before))
gdb.execute("delete")
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, D-IF masked
#> -- changed: ELR_EL2 probe_read64+0x<*>
#> the same: True, ELR_EL2 as it is: True, not as it was: True

# test: without debug information each says so in a line
# handout: lab1-el2-entry/README.md, "A GDB session"
python
gdb.execute("symbol-file", to_string=True)
for command in ("where", "vcpu", "vms", "percpu", "exits", "frame", "sysregs guest"):
    show("hv " + command)
prompt()
print(aid("hv esr").splitlines()[0])
all_answer()
end
#> CPU 0 is at EL2, in the hypervisor: 0x<*>.
#> The last exception, from EL2 itself: Data Abort, read of 8, (this image has no names for it) (ELR_EL2 is now 0x<*>).
#> error: There is no debug information here, so no vCPU is known: "info files", "symbol-file".
#> error: There is no debug information here, so no VM is known: "info files", "symbol-file".
#> error: There is no debug information here, so no struct percpu is known: "info files", "symbol-file".
#> error: There is no debug information here, so no log of exits is known: "info files", "symbol-file".
#> error: There is no debug information here, so no trap frame is known: "info files", "symbol-file".
#> error: There is no debug information here, so no table of a guest's registers is known: "info files", "symbol-file".
#> (EL2 hypervisor)
#> 0x0000000097c<*>8006  EC 0x25, IL 1, ISS 0x1c<*>8006: (this image has no names for it), read of 8 bytes, register x<*>, (this image has no names for it)
#> all of them answer: True
