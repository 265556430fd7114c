import System
import Testing

@Suite struct MachineMemoryTests {
  @Test("a control group's limit is a number of bytes, or none")
  func limits() {
    #expect(memoryLimit(inFile: "536870912\n") == 536_870_912)
    #expect(memoryLimit(inFile: "max\n") == nil)
    #expect(memoryLimit(inFile: "") == nil)
    #expect(memoryLimit(inFile: "-1\n") == nil)
  }

  @Test("a process's control group is found in both versions' form")
  func groups() {
    let both = "5:cpu,cpuacct:/a\n4:memory:/b/c:d\n0::/e\n"
    #expect(controlGroup(in: both, controller: "memory") == "/b/c:d")
    #expect(controlGroup(in: both, controller: "cpuacct") == "/a")
    #expect(controlGroup(in: both, controller: nil) == "/e")
    #expect(controlGroup(in: "4:memory:/b\n", controller: nil) == nil)
    #expect(controlGroup(in: "0::/\n", controller: "memory") == nil)
  }

  @Test("this machine has memory, and fewer bytes than an address can tell")
  func machine() {
    #expect((1 << 26...1 << 48).contains(machineMemory()))
  }

  @Test("the peak of this process's memory is found, also in the form that Linux writes")
  func peak() {
    #expect(peakMemory(inStatus: "Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t   2048 kB\n") == 2 << 20)
    #expect(peakMemory(inStatus: "VmHWM: many kB\n") == nil)
    #expect(peakMemory(inStatus: "") == nil)
    #expect((1 << 20...1 << 40).contains(peakMemory()))
  }
}
