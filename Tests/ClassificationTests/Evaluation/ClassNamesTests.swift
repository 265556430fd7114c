import Classification
import Network
import System
import Testing

/// Three classes, two of which share a label.
let birdsAndMachines = ClassNames([
  ClassLabel(wnid: "n02012849", label: "crane"), ClassLabel(wnid: "n03126707", label: "crane"),
  ClassLabel(wnid: "n01484850", label: "great white shark"),
  ClassLabel(wnid: nil, label: "2"),
])

@Suite struct ClassNamesTests {
  @Test("WordNet ids and labels are found in any case, and underscores are spaces")
  func found() {
    let names = birdsAndMachines
    #expect(names.find("n03126707") == .one(1))
    #expect(names.find("N03126707") == .one(1))
    #expect(names.find("Great_White_Shark") == .one(2))
    #expect(names.find("great white shark") == .one(2))
    #expect(names.find("shark") == .none)
  }

  @Test("a label of two classes is neither")
  func ambiguous() {
    #expect(birdsAndMachines.find("Crane") == .several([0, 1]))
  }

  @Test("what a map names wrongly is found, with a question for the first ten only")
  func wrongMap() {
    let map = (0..<12).map { ("name \($0)", "great white shar") }
    do throws(EvaluationError) {
      _ = try birdsAndMachines.adding(map, from: "map.csv")
      Issue.record("the map is right")
    } catch {
      guard case .unknownClasses(let names, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(names.count == 12 && names[11] == "great white shar")
      #expect(names[0].contains("great white shark") && names[9] == names[0])
    }
  }
}
