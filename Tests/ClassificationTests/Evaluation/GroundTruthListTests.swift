import Classification
import System
import Testing

@Suite struct GroundTruthListTests {
  private func list(_ text: String) throws(EvaluationError) -> GroundTruthList {
    try GroundTruthList(Array(text.utf8), path: "val.txt", classes: birdsAndMachines)
  }

  @Test("Caffe's form is cut at the last space, whatever the line endings")
  func caffe() throws {
    let entries = try list("\u{FEFF}a b.jpg 1\r\n\nc.jpg  0").entries
    #expect(entries == .named([("a b.jpg", 1), ("c.jpg", 0)]))
  }

  @Test("a name may be followed by a WordNet id, or after a tab by a label with spaces")
  func names() throws {
    let entries = try list("a.jpg N01484850\nb c.jpg\tgreat white shark\n").entries
    #expect(entries == .named([("a.jpg", 2), ("b c.jpg", 2)]))
  }

  @Test("after spaces the longest label counts that is a class")
  func longestLabel() throws {
    let entries = try list("my cat.jpg great white shark\nb.jpg 1").entries
    #expect(entries == .named([("my cat.jpg", 2), ("b.jpg", 1)]))
  }

  @Test("a label that is a number counts before an index")
  func numberedLabels() throws {
    #expect(try list("a.jpg 2").entries == .named([("a.jpg", 3)]))
  }

  @Test("classes alone stand in the order of the files")
  func ordered() throws {
    let entries = try list("great white shark\nn02012849\nn03126707\n").entries
    #expect(entries == .ordered([2, 0, 1]))
  }

  @Test("names that are no class are collected, each once")
  func unknown() throws {
    let list = try list("a.jpg n1\nb.jpg n2\nc.jpg n1\nd.jpg 0")
    #expect(list.unknown == ["n1", "n2"])
    #expect(list.entries == .named([("a.jpg", nil), ("b.jpg", nil), ("c.jpg", nil), ("d.jpg", 0)]))
  }

  @Test(
    "what cannot be meant is an error that names the line",
    arguments: [
      ("a.jpg 0\nb.jpg 4", 2, "there is no class 4; the model has classes 0 to 3"),
      ("a.jpg 0\n\nb.jpg", 3, "there is no space in it"),
      ("a.jpg 0\nb.jpg 1\na.jpg 1", 3, "'a.jpg' is also on line 1"),
      ("17\n4", 1, "'17' is only a number, and lists differ in how they number classes"),
    ])
  func badLines(text: String, line: Int, problem: String) {
    #expect(throws: EvaluationError.badLine("val.txt", line: line, problem: problem)) {
      try list(text)
    }
  }

  @Test("an empty list and an ambiguous label are errors")
  func otherErrors() {
    #expect(throws: EvaluationError.emptyList("val.txt")) { try list(" \n\r\n") }
    #expect(throws: EvaluationError.unreadable(.utf16Text(path: "val.txt"))) {
      try GroundTruthList([0xFF, 0xFE, 0x61, 0], path: "val.txt", classes: birdsAndMachines)
    }
    #expect(
      throws: EvaluationError.ambiguousClass(name: "crane", wnids: ["n02012849", "n03126707"])
    ) { try list("a.jpg crane") }
  }

  @Test("a line of very many words is read like any other")
  func longLine() throws {
    let name = String(repeating: "a ", count: 200_000) + "b.jpg"
    #expect(
      try list("\(name) great white shark\n\(name)b  nothing\n\(name)c n02012849").entries
        == .named([(RawPath(name), 2), (RawPath(name + "b"), nil), (RawPath(name + "c"), 0)]))
  }
}
