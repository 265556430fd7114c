import Foundation
import Images
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// `alexnet visualize` and `alexnet info --diagram`. What is computed is tested in the rooms that
/// compute it: here it is that it reaches files and standard output.
@Suite struct VisualizeTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
  }

  private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(arguments, in: folder.url)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("filters: 96 tiles as wide as asked for")
  func filters() throws {
    let outcome = try run(
      "visualize", "filters", "-q", "-o", "filters.png", "--size", "640", "--json")
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    let record = try object(outcome.stdout)
    #expect(record["filters"] as? Int == 96 && record["kernel"] as? Int == 11)
    #expect(record["columns"] as? Int == 16 && record["enlarged"] as? Int == 3)
    #expect(record["picture"] as? String == "filters.png")
    let image = try folder.picture("filters.png")
    #expect((500...700).contains(image.width))
  }

  @Test("maps: the strongest channels of a layer")
  func maps() throws {
    let outcome = try run(
      "visualize", "maps", "cat.jpg", "-q", "--layer", "pool3", "--top", "5", "-o", "maps.png",
      "--size", "300", "--json")
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    let record = try object(outcome.stdout)
    let channels = try #require(record["channels"] as? [[String: Any]])
    let strengths = channels.compactMap { $0["strength"] as? Double }
    #expect(strengths.count == 5 && strengths == strengths.sorted(by: >))
    #expect(record["width"] as? Int == 6 && record["layer"] as? String == "pool3")
    #expect(try folder.picture("maps.png").width > 300)
  }

  @Test("class: the probability is the one that classify gives for the file")
  func classes() throws {
    let outcome = try run(
      "visualize", "class", "n02123045", "-q", "--size", "24", "--steps", "3", "--seed",
      "18446744073709551615", "-o", "class.png", "--json")
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    let record = try object(outcome.stdout)
    let made = try #require((record["pictures"] as? [[String: Any]])?.first)
    #expect(made["label"] as? String == "tabby")
    #expect(outcome.stdout.contains("\"seed\": 18446744073709551615,"))
    let image = try folder.picture("class.png")
    #expect(image.width == 24 && image.height == 24)
    let classified = try object(
      try run("-q", "--jsonl", "--top", "1000", "class.png").stdout)
    let prediction = try #require(
      (classified["predictions"] as? [[String: Any]])?.first {
        $0["wnid"] as? String == "n02123045"
      })
    let (left, right) = (made["probability"] as? Double, prediction["probability"] as? Double)
    #expect(abs((left ?? 0) - (right ?? 1)) < 1e-7)
    #expect(made["rank"] as? Int == prediction["rank"] as? Int)
  }

  @Test("a photo is never replaced, a picture of this program is")
  func protection() throws {
    let photo = try Data(contentsOf: folder["cat.jpg"])
    let outcome = try run("visualize", "filters", "-q", "-o", "cat.jpg")
    #expect(outcome.exitCode == 64 && outcome.stdout.isEmpty)
    #expect(try Data(contentsOf: folder["cat.jpg"]) == photo)
    for _ in 0..<2 {
      #expect(try run("visualize", "filters", "-q", "-o", "out.png").exitCode == 0)
    }
    #expect(try folder.names == ["cat.jpg", "out.png"])
  }

  @Test(
    "what cannot be drawn is said, and no file appears",
    arguments: [
      (["maps", "cat.jpg", "--layer", "fc6", "-o", "x.png"], 64, "no layer with maps 'fc6'"),
      (["maps", "none.jpg", "-o", "x.png"], 66, "none.jpg"),
      (["class", "nosuch", "-o", "x.png"], 64, "has no class 'nosuch'"),
      (["class", "-o", "x.png"], 64, "Nothing to draw"),
      (["class", "--layer", "conv3", "-o", "x.png"], 64, "--layer needs --from"),
      (["class", "0", "--steps", "0", "-o", "x.png"], 64, "--steps must be between"),
      (["class", "0", "--size", "99999", "-o", "x.png"], 64, "--size must be between"),
      (["filters", "--size", "nan", "-o", "x.png"], 64, "--size"),
      (["filters", "-o", "nosuch/x.png"], 73, "nosuch/x.png"),
    ] as [([String], Int32, String)])
  func failures(arguments: [String], status: Int32, message: String) throws {
    let outcome = try BuiltProgram.run(["visualize"] + arguments, in: folder.url)
    #expect(outcome.exitCode == status && outcome.stderr.contains(message))
    #expect(outcome.stdout.isEmpty)
    #expect(try folder.names == ["cat.jpg"])
  }

  @Test(
    "the diagram is well-formed XML and has every layer",
    arguments: ["alexnet", "caffenet", "bvlc_alexnet", "torchvision"])
  func diagram(variant: String) throws {
    let outcome = try run("info", "--variant", variant, "--json", "--diagram", "net.svg")
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    let layers = try #require(try object(outcome.stdout)["layers"] as? [[String: Any]])
    let texts = Texts()
    let parser = XMLParser(data: try Data(contentsOf: folder["net.svg"]))
    parser.delegate = texts
    #expect(parser.parse())
    for layer in layers {
      #expect(texts.found.contains(try #require(layer["name"] as? String)))
      if let parameters = layer["parameters"] as? Int, parameters > 0 {
        #expect(texts.found.contains { $0.filter(\.isNumber) == String(parameters) })
      }
    }
    #expect(texts.polygons == 3 * (layers.count + 1))
    #expect(
      texts.found.contains("2 groups") == (variant.contains("caffe") || variant.contains("bvlc")))
  }

  @Test("the diagram replaces no image, and has to be an SVG file")
  func diagramFile() throws {
    #expect(try run("info", "--diagram", "net.png").exitCode == 64)
    try folder.copy("cat.jpg", to: "photo.svg")
    let outcome = try run("info", "--diagram", "photo.svg")
    #expect(outcome.exitCode == 64 && outcome.stdout.isEmpty)
  }
}

/// The texts of an SVG file, and how many polygons it has.
private final class Texts: NSObject, XMLParserDelegate {
  var found: [String] = []
  var polygons = 0
  private var text: String?

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if name == "text" { text = "" }
    if name == "polygon" { polygons += 1 }
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    text? += characters
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    if name == "text", let text { found.append(text) }
    text = nil
  }
}
