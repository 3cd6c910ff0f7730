# SPDX-License-Identifier: MIT
#
# gdb.gdb - GDB's CPUs are threads: thread 1 is CPU 0, thread 2 is CPU 1.

# Both CPUs are brought to the first instruction of a function, whichever is first. Then
# only one runs: the other one stands there without a lock, and so keeps nobody waiting.
define both_to
  set scheduler-locking off
  break *$arg0
  continue
  set scheduler-locking on
  if $_thread == 1
    thread 2
  else
    thread 1
  end
  if $pc != (unsigned long)$arg0
    continue
  end
  delete
end

define show_cpu
  thread $arg0
  printf "CPU %d: TPIDR_EL2 is &cpus[%d]: %d, id %d, VBAR_EL2 ", $_thread - 1, $_thread - 1, \
    $TPIDR_EL2 == (unsigned long)&'smp.c'::cpus[$_thread - 1], \
    ((struct percpu *)$TPIDR_EL2)->id
  output/a $VBAR_EL2
  printf ", HCR_EL2.VM %d\n", $HCR_EL2 & 1
end

# test: both CPUs come to percpu_hardware_enable()
# handout: lab2-percpu/README.md, "The other CPUs"
break main
continue
delete
both_to percpu_hardware_enable
info threads
#> ...
#> <*>Thread 1.1 <*> percpu_hardware_enable <*>
#> <*>Thread 1.2 <*> percpu_hardware_enable <*>

# test: before: each CPU has its own struct percpu, and lab 1's vectors
# handout: lab2-percpu/README.md, "A CPU's own page"
show_cpu 1
show_cpu 2
#> [Switching to thread 1 <*>
#> ...
#> CPU 0: TPIDR_EL2 is &cpus[0]: 1, id 0, VBAR_EL2 0x<*> <el2_vectors>, HCR_EL2.VM 0
#> [Switching to thread 2 <*>
#> ...
#> CPU 1: TPIDR_EL2 is &cpus[1]: 1, id 1, VBAR_EL2 0x<*> <el2_vectors>, HCR_EL2.VM 0

# What is published, written and set, in the order in which it happens.
# test: CPU 0, by nexti: handler, VBAR_EL2, VTCR_EL2, VTTBR_EL2, HCR_EL2
# handout: lab2-percpu/README.md, "Turning it on, and off again"
thread 1
set $cpu = (struct percpu *)$TPIDR_EL2
set $return = $x30
set $handler = $cpu->irq_handler
set $vbar = $VBAR_EL2
set $vtcr = $VTCR_EL2
set $vttbr = $VTTBR_EL2
set $hcr = $HCR_EL2
while $pc != $return
  nexti
  if $cpu->irq_handler != $handler
    set $handler = $cpu->irq_handler
    printf "now: irq_handler "
    output $handler
    printf "\n"
  end
  if $VBAR_EL2 != $vbar
    set $vbar = $VBAR_EL2
    printf "now: VBAR_EL2 "
    output/a $vbar
    printf "\n"
  end
  if $VTCR_EL2 != $vtcr
    set $vtcr = $VTCR_EL2
    printf "now: VTCR_EL2\n"
  end
  if $VTTBR_EL2 != $vttbr
    set $vttbr = $VTTBR_EL2
    printf "now: VTTBR_EL2 is the empty stage 2: %d\n", $vttbr == (unsigned long)$cpu->empty_stage2
  end
  if $HCR_EL2 != $hcr
    set $hcr = $HCR_EL2
    printf "now: HCR_EL2.VM %d\n", $hcr & 1
  end
end
#> ...
#> now: irq_handler <*> <irq_dispatch>
#> ...
#> now: VBAR_EL2 0x<*> <percpu_vectors>
#> ...
#> now: VTCR_EL2
#> ...
#> now: VTTBR_EL2 is the empty stage 2: 1
#> ...
#> now: HCR_EL2.VM 1
#> ...

# test: after: CPU 0 has new vectors and virtualization on; CPU 1 is as it was
# handout: lab2-percpu/README.md, "Turning it on, and off again"
printf "result %d\n", $x0
printf "saved: VBAR_EL2 "
output/a $cpu->saved_vbar
printf ", HCR_EL2 0x%lx\n", $cpu->saved_hcr
show_cpu 1
show_cpu 2
#> result 0
#> saved: VBAR_EL2 0x<*> <el2_vectors>, HCR_EL2 0x80000020
#> [Switching to thread 1 <*>
#> ...
#> CPU 0: TPIDR_EL2 is &cpus[0]: 1, id 0, VBAR_EL2 0x<*> <percpu_vectors>, HCR_EL2.VM 1
#> [Switching to thread 2 <*>
#> ...
#> CPU 1: TPIDR_EL2 is &cpus[1]: 1, id 1, VBAR_EL2 0x<*> <el2_vectors>, HCR_EL2.VM 0

# test: after: both CPUs
# handout: lab2-percpu/README.md, "Turning it on, and off again"
both_to percpu_hardware_disable
show_cpu 1
show_cpu 2
#> ...
#> CPU 0: TPIDR_EL2 is &cpus[0]: 1, id 0, VBAR_EL2 0x<*> <percpu_vectors>, HCR_EL2.VM 1
#> ...
#> CPU 1: TPIDR_EL2 is &cpus[1]: 1, id 1, VBAR_EL2 0x<*> <percpu_vectors>, HCR_EL2.VM 1

# test: off again: both CPUs are as they were
# handout: lab2-percpu/README.md, "Turning it on, and off again"
thread 1
finish
thread 2
finish
show_cpu 1
show_cpu 2
#> ...
#> CPU 0: TPIDR_EL2 is &cpus[0]: 1, id 0, VBAR_EL2 0x<*> <el2_vectors>, HCR_EL2.VM 0
#> ...
#> CPU 1: TPIDR_EL2 is &cpus[1]: 1, id 1, VBAR_EL2 0x<*> <el2_vectors>, HCR_EL2.VM 0
