import Foundation
import Network
import System
import Testing
import Training

@Suite struct TeacherTests {
  private let classes = ["cat", "dog", "red fox"].map { ClassLabel(wnid: nil, label: $0) }

  @Test("what a model says of the classes that are trained is scaled to add up to 1")
  func scales() throws {
    let outputs = ["Dog", "wolf", "red_fox", "cat"].map { ClassLabel(wnid: nil, label: $0) }
    var targets = try TeacherTargets(outputs: outputs, classes: classes)
    targets.add("a.jpg", outputs: [0.2, 0.5, 0, 0.3])
    targets.add("wolf.jpg", outputs: [0, 1, 0, 0])
    let found = try #require(targets.probabilities(of: "a.jpg", temperature: 1))
    for (value, expected) in zip(found, [0.6, 0.4, 0] as [Float]) {
      #expect(abs(value - expected) < 1e-6)
    }
    let softened = try #require(targets.probabilities(of: "a.jpg", temperature: 2))
    let sum = 0.6.squareRoot() + 0.4.squareRoot()
    #expect(abs(Double(softened[0]) - 0.6.squareRoot() / sum) < 1e-6)
    #expect(targets.probabilities(of: "wolf.jpg", temperature: 1) == nil)
    #expect(targets.count == 1)
  }

  @Test("classes of little probability count at a high temperature, and rounding does not")
  func softens() throws {
    let outputs = classes
    var targets = try TeacherTargets(outputs: outputs, classes: classes)
    targets.add("a.jpg", outputs: [0.6999999, 0.3, 1e-7])
    let softened = try #require(targets.probabilities(of: "a.jpg", temperature: 20))
    let probabilities: [Double] = [0.7, 0.3, 1e-7]
    let powers: [Double] = probabilities.map { pow($0, 0.05) }
    let sum: Double = powers.reduce(0, +)
    for (value, power) in zip(softened, powers) {
      #expect(abs(Double(value) - power / sum) < 1e-4)
    }
    targets.add("b.jpg", outputs: [0.7, 0.3, 0])
    #expect(targets.probabilities(of: "b.jpg", temperature: 20)?[2] == 0)
  }

  @Test("of a file, probabilities of classes that are not trained go to no other class")
  func leavesOutOthers() throws {
    let folder = TemporaryFolder()
    func line(_ name: String, _ predictions: [(String, Double)]) -> String {
      let text = predictions.map { #"{"label":"\#($0)","probability":\#($1)}"# }
      return #"{"path":"\#(name)","predictions":[\#(text.joined(separator: ","))]}"# + "\n"
    }
    let list = folder.file(
      "targets.jsonl",
      line("others.jpg", [("wolf", 0.9), ("cat", 0.1)])
        + line("few.jpg", [("cat", 0.4), ("wolf", 0.3), ("dog", 0.2)])
        + line("shared.jpg", [("cat", 0.8)]) + line("unknown.jpg", [("wolf", 1)]))
    let targets = try TeacherTargets(list, classes: classes)
    func found(_ name: String) -> [Float]? {
      targets.probabilities(of: folder.path.appending(name), temperature: 1)
    }
    #expect(found("others.jpg") == [1, 0, 0])
    // A tenth is left, for "red fox" as far as it may be likelier than nothing that is named.
    for (value, expected) in zip(try #require(found("few.jpg")), [0.4, 0.2, 0.1] as [Float]) {
      #expect(abs(value - expected / 0.7) < 1e-6)
    }
    for (value, expected) in zip(try #require(found("shared.jpg")), [0.8, 0.1, 0.1] as [Float]) {
      #expect(abs(value - expected) < 1e-6)
    }
    #expect(found("unknown.jpg") == nil)
    #expect(targets.unknownPredictions == 3)
  }

  @Test("a line names its photo as classify does: with path_base64 where the path is not UTF-8")
  func readsPaths() throws {
    let folder = TemporaryFolder()
    let photo = RawPath([0x61, 0xFF, 0x2E, 0x6A, 0x70, 0x67])
    let predictions = #""predictions":[{"label":"dog","probability":1}]"#
    let list = folder.file(
      "targets.jsonl",
      #"{"path":"a?.jpg","path_base64":"\#(photo.base64)",\#(predictions)}"# + "\n"
        + #"{"path":"b.jpg","path_base64":null,\#(predictions)}"# + "\n"
        + #"{"path":"c.jpg","path_base64":"",\#(predictions)}"#)
    let targets = try TeacherTargets(list, classes: classes)
    #expect(targets.hasSeen(photo) && targets.hasSeen(folder.path.appending(photo.bytes)))
    #expect(targets.hasSeen("b.jpg") && targets.hasSeen("c.jpg"))
    let bad = folder.file(
      "bad.jsonl", #"{"path":"a.jpg","path_base64":"?",\#(predictions)}"#)
    #expect(throws: TrainingDataError.self) { try TeacherTargets(bad, classes: classes) }
  }

  @Test("a model that does not know all classes is refused, with the classes' names")
  func refuses() {
    let outputs = ["cat", "wolf"].map { ClassLabel(wnid: nil, label: $0) }
    #expect(throws: TrainingDataError.unknownToTeacher(names: ["dog", "red fox"])) {
      try TeacherTargets(outputs: outputs, classes: classes)
    }
  }
}
