/* SPDX-License-Identifier: MIT */
/*
 * guest.dts.S - what a guest is told about its machine, as a device tree source.
 *
 * run-guest sends it through the C preprocessor and dtc. The machine is the part of QEMU's "virt" that
 * the hypervisor has: the same things at the same addresses, and nothing else. Parameters:
 *
 *   CPUS		vCPUs, 1 to 8
 *   MEM_SIZE		RAM in bytes, from RAM_BASE on
 *   METHOD		how PSCI is called: "hvc" (what it is when not given) or "smc"
 *   BOOTARGS		the kernel's command line, as a string
 *   INITRD_START	the initial RAM disk: its first address, and the one behind its last
 *   INITRD_END		(neither is given when there is none)
 */
#include "arch/layout.h"

#ifndef METHOD
#define METHOD "hvc"
#endif
#ifndef BOOTARGS
#define BOOTARGS ""
#endif

/* A 64-bit number as two cells. dtc calculates with 64 bits. */
#define CELLS(number) ((number) >> 32) ((number) & 0xffffffff)

/* Of the GIC's interrupt specifiers: the kind, and how it is triggered. */
#define SPI		0
#define PPI		1
#define LEVEL_HIGH	4

/dts-v1/;

/ {
	model = "EL2 Labs guest";
	compatible = "linux,dummy-virt";
	#address-cells = <2>;
	#size-cells = <2>;
	interrupt-parent = <&gic>;

	chosen {
		stdout-path = "/pl011@9000000";
		bootargs = BOOTARGS;
#ifdef INITRD_START
		linux,initrd-start = <CELLS(INITRD_START)>;
		linux,initrd-end = <CELLS(INITRD_END)>;
#endif
	};

	memory@40000000 {
		device_type = "memory";
		reg = <CELLS(RAM_BASE) CELLS(MEM_SIZE)>;
	};

	/*
	 * vCPU n has MPIDR_EL1.Aff0 = n. There are no idle states: in one that CPU_SUSPEND enters, a vCPU
	 * would come back by way of the hypervisor and with its registers reset, and WFI is enough for the
	 * hypervisor to see that it has nothing to do.
	 */
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;

#define CPU(n)						\
		cpu@n {					\
			device_type = "cpu";		\
			compatible = "arm,armv8";	\
			reg = <n>;			\
			enable-method = "psci";		\
		};

		CPU(0)
#if CPUS > 1
		CPU(1)
#endif
#if CPUS > 2
		CPU(2)
#endif
#if CPUS > 3
		CPU(3)
#endif
#if CPUS > 4
		CPU(4)
#endif
#if CPUS > 5
		CPU(5)
#endif
#if CPUS > 6
		CPU(6)
#endif
#if CPUS > 7
		CPU(7)
#endif
	};

	/* Function numbers are needed before PSCI 0.2 only, where they were not fixed yet. */
	psci {
		compatible = "arm,psci-1.0", "arm,psci-0.2";
		method = METHOD;
	};

	/* No ITS: the virtual GIC has no LPIs. */
	gic: intc@8000000 {
		compatible = "arm,gic-v3";
		reg = <CELLS(GICD_BASE) CELLS(GICD_SIZE)
		       CELLS(GICR_BASE) CELLS(CPUS * GICR_STRIDE)>;
		interrupt-controller;
		#address-cells = <0>;
		#interrupt-cells = <3>;
	};

	/*
	 * In the order which the binding prescribes: EL3's timer, EL1's, the virtual one, EL2's; so the
	 * first and the last have to be there, too. A guest at EL1 has the two in the middle (INTIDs 30
	 * and 27). "always-on": they go on counting and firing in WFI.
	 */
	timer {
		compatible = "arm,armv8-timer", "arm,armv7-timer";
		interrupts = <PPI 13 LEVEL_HIGH>, <PPI 14 LEVEL_HIGH>,
			     <PPI 11 LEVEL_HIGH>, <PPI 10 LEVEL_HIGH>;
		always-on;
	};

	clock: apb-pclk {
		compatible = "fixed-clock";
		#clock-cells = <0>;
		clock-frequency = <24000000>;
		clock-output-names = "clk24mhz";
	};

	pl011@9000000 {
		compatible = "arm,pl011", "arm,primecell";
		reg = <CELLS(UART_BASE) CELLS(PAGE_SIZE)>;
		interrupts = <SPI 1 LEVEL_HIGH>;
		clocks = <&clock>, <&clock>;
		clock-names = "uartclk", "apb_pclk";
	};
};
