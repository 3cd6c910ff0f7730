# SPDX-License-Identifier: MIT
#
# gdb.gdb - GDB's CPUs are threads: thread 1 is CPU 0, thread 2 is CPU 1.

# test: CPU 0 comes to percpu_hardware_enable()
# handout: lab2-percpu/README.md, "Turning it on, and off again"
break main
continue
break percpu_hardware_enable thread 1
continue
thread 1
printf "CPU %d\n", $_thread - 1
#> ...
#> *percpu_hardware_enable*
#> ...
#> CPU 0

# From here on only the CPU that is looked at runs. The other one holds no lock: the first one
# stands at a function's begin, the second one is on its way there and waits for nobody but the first.
# test: and so does CPU 1
# handout: lab2-percpu/README.md, "The other CPUs"
delete
set scheduler-locking on
thread 2
break percpu_hardware_enable thread 2
if $pc < (long)&percpu_hardware_enable || $pc > (long)&percpu_hardware_enable + 16
  continue
end
printf "CPU %d\n", $_thread - 1
#> ...
#> CPU 1
