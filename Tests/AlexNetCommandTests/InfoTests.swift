import Foundation
import Testing

@Suite struct InfoTests {
  @Test(
    "the layer table of every variant is as recorded",
    arguments: [
      "alexnet", "caffenet", "bvlc_alexnet", "torchvision",
    ])
  func table(variant: String) throws {
    try expectSnapshot("info-\(variant)", BuiltProgram.run("info", "--variant", variant))
  }

  @Test("without options it shows the network of 1000 classes")
  func defaultVariant() throws {
    let plain = try BuiltProgram.run("info")
    #expect(plain.stdout == (try BuiltProgram.run("info", "--variant", "alexnet").stdout))
    // The figures that are published for it.
    #expect(plain.stdout.contains("62,378,344"))
  }

  @Test("--json is one object whose layers add up")
  func json() throws {
    let outcome = try BuiltProgram.run("info", "--json")
    try expectSnapshot("info-json", outcome)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any])
    let layers = try #require(object["layers"] as? [[String: Any]])
    let parameters = layers.compactMap { $0["parameters"] as? Int }.reduce(0, +)
    #expect(object["parameters"] as? Int == parameters)
    #expect(layers.map { $0["name"] as? String }.first == "conv1")
  }

  @Test("--model shows the architecture of that model")
  func model() throws {
    let outcome = try BuiltProgram.run("info", "--model", "starter")
    #expect(outcome.stdout.hasPrefix("alexnet: 227x227 RGB in, 1000 classes out\n"))
    #expect(outcome.exitCode == 0)
  }
}
