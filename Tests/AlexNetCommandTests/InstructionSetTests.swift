import Foundation
import Testing

@Suite struct InstructionSetTests {
  @Test("every instruction set gives the same classes, in every precision")
  func sameClasses() throws {
    for precision in ["fp32", "bf16", "int8", "auto"] {
      var labels: [String] = []
      for isa in ["portable", nil] {
        let outcome = try BuiltProgram.run(
          ["coffee.png", "--quiet", "--top", "1", "--format", "csv", "--precision", precision],
          in: BuiltProgram.photos, environment: ["ALEXNET_ISA": isa])
        #expect(outcome.exitCode == 0)
        labels.append(outcome.stdout.contains("espresso") ? "espresso" : outcome.stdout)
      }
      #expect(labels == ["espresso", "espresso"])
    }
  }

  @Test("the forced instruction set is the one that runs")
  func forced() throws {
    let outcome = try BuiltProgram.run(
      ["bench", "--seconds", "0.01", "--model", "starter", "--json"],
      environment: ["ALEXNET_ISA": "portable"])
    #expect(outcome.stdout.contains("\"isa\": \"portable\""))
  }

  @Test("an instruction set that is not there is wrong usage")
  func unknown() throws {
    let outcome = try BuiltProgram.run(
      ["coffee.png"], in: BuiltProgram.photos, environment: ["ALEXNET_ISA": "mmx"])
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains("ALEXNET_ISA is 'mmx'") && outcome.stderr.contains("portable"))
  }
}
