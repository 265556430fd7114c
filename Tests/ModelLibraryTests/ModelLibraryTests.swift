import Architecture
import ModelLibrary
import Network
import Preprocessing
import System
import Testing

@Suite struct ModelLibraryTests {
  private let library = ModelLibrary(settings: LibrarySettings(home: nil))

  @Test("without a name the starter model opens, with its own preprocessing and class names")
  func starter() throws {
    let model = try library.open()
    #expect(model.name == "starter")
    #expect(model.isBuiltIn)
    #expect(model.parameters.architecture.name == "alexnet")
    #expect(model.parameters.classCount == 1000)
    #expect(model.labels.count == 1000)
    #expect(model.labels[281] == ClassLabel(wnid: "n02123045", label: "tabby"))
    #expect(model.preprocessing.steps.count == 3)
    #expect(model.preprocessing.scale == [0.015625, 0.015625, 0.015625])
    #expect(try library.open("starter").labels == model.labels)
  }

  @Test("a name that nobody knows and a file that is not there are different errors")
  func missing() throws {
    #expect(
      throws: ModelError.unknownName(
        "no-such-model", known: ["starter", "bvlc_alexnet", "caffenet", "torchvision"])
    ) {
      try library.open("no-such-model")
    }
    #expect(throws: ModelError.notInstalled("caffenet")) { try library.open("caffenet") }
    for path in ["./no-such-model", "no-such-model.safetensors", "/"] {
      let error = #expect(throws: ModelError.self) { try library.open(path) }
      #expect(error?.kind == .unavailable)
      guard case .unreadable = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
    }
  }

  @Test("the class table has 1000 different WordNet ids in rising order")
  func classes() {
    let ids = ImageNetClasses.all.compactMap(\.wnid)
    #expect(ids.count == 1000)
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == 1000)
    #expect(ids.allSatisfy(ImageNetClasses.isWordNetID))
    // ILSVRC-2012: the first class, the last, and one in the middle.
    #expect(ImageNetClasses.all[0].label == "tench")
    #expect(ImageNetClasses.all[281] == ClassLabel(wnid: "n02123045", label: "tabby"))
    #expect(ImageNetClasses.all[999].wnid == "n15075141")
    #expect(!ImageNetClasses.isWordNetID("n0212304"))
    #expect(!ImageNetClasses.isWordNetID("tabby cat"))
  }
}
