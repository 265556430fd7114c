import System
import Testing

@Suite struct ProcessTests {
  @Test("the number of processors follows quotas and masks")
  func processorCounts() {
    #expect(availableProcessorCount() >= 1)
    #expect(processors(inQuota: "max 100000\n") == nil)
    #expect(processors(inQuota: "150000 100000\n") == 2)
    #expect(processors(inQuota: "50000 100000\n") == 1)
    #expect(processors(inQuota: "0 0") == nil)
    // The two files of version 1.
    #expect(processors(inQuota: "-1\n 100000\n") == nil)
    #expect(processors(inQuota: "150000\n 100000\n") == 2)
    #expect(processors(inStatus: "Name:\tx\nCpus_allowed:\tff,00000003\nMems:\t1\n") == 10)
    #expect(processors(inStatus: "Name:\tx\n") == nil)
  }

  @Test("arguments are those of the process, and a variable that is not set is nil")
  func process() {
    #expect(rawCommandLineArguments().map(\.repaired) == CommandLine.arguments)
    #expect(environmentVariable("ALEXNET_NO_SUCH_VARIABLE") == nil)
    #expect(environmentVariable("PATH")?.isEmpty == false)
  }
}
