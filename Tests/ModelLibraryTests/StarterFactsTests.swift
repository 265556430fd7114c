import ModelLibrary
import System
import Testing

@Suite struct StarterFactsTests {
  private static let root = RawPath(#filePath).parent.parent.parent

  private func text(_ path: String) throws -> String {
    String(decoding: try readFile(Self.root.appending(path), limit: 1 << 20), as: UTF8.self)
  }

  @Test(
    "both readmes say how good the built-in model is, in the figures of the program",
    arguments: ["README.md", "Sources/CStarterModel/README.md"])
  func readmes(path: String) throws {
    let facts = StarterFacts.current
    let text = try text(path)
    let shares = [facts.top1, facts.top5].map { share in
      let tenths = Int((share * 1000).rounded())
      return "\(tenths / 10).\(tenths % 10)%"
    }
    // Elsewhere they may be figures of another model.
    let rows = text.split(separator: "\n").filter {
      $0.hasPrefix("|") && $0.contains(facts.measuredOn)
    }
    #expect(rows.contains { row in shares.allSatisfy(row.contains) })
    #expect(text.contains(facts.measuredOn) && text.contains(facts.license))
  }

  @Test("the built-in model's metadata has the figures and the licence that are announced")
  func metadata() throws {
    let model = try ModelLibrary(settings: LibrarySettings(home: nil)).open("starter")
    #expect(model.accuracy?.top1 == StarterFacts.current.top1)
    #expect(model.accuracy?.top5 == StarterFacts.current.top5)
    #expect(model.metadata["license"] == StarterFacts.current.license)
  }
}
