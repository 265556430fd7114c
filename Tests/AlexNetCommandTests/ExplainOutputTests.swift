import Foundation
import Images
import Testing

/// What `alexnet explain` writes, and what it must never replace.
@Suite struct ExplainOutputTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    try folder.copy("coffee.png", to: "photos/cup.png")
    try folder.copy("cat.jpg", to: "photos/a/cup.jpg")
    try folder.write(Data("some text".utf8), to: "text/b.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: folder["link"].path, withDestinationPath: "photos")
  }

  private func run(_ arguments: [String]) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["explain", "--quiet"] + arguments, in: folder.url)
  }

  /// All files and folders in the folder, with the contents of the files.
  private func contents() throws -> [String: Data?] {
    var found: [String: Data?] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.url.path) {
      found[name] = .some(try? Data(contentsOf: folder[name]))
    }
    return found
  }

  @Test(
    "no picture and no array replaces a photo, or is explained itself",
    arguments: [
      (["photos/cup.png", "-o", "photos"], "would replace the photo 'photos/cup.png'"),
      (["photos/cup.png", "-o", "photos/"], "would replace the photo 'photos/cup.png'"),
      (["link/cup.png", "-o", "photos"], "would replace the photo 'link/cup.png'"),
      (
        ["photos/a/cup.jpg", "photos/cup.png", "-o", "photos"],
        "the picture of 'photos/a/cup.jpg' would replace the photo 'photos/cup.png'"
      ),
      (["photos/cup.png", "-o", "photos/cup.png"], "the picture would replace the photo"),
      (["photos/cup.png", "-o", "link/../photos/a/../cup.png"], "the picture would replace"),
      (["cat.jpg", "-o", "photos/cup.png"], "is an image, which the picture would replace"),
      (["photos", "-o", "photos"], "the output folder 'photos' is in the input folder 'photos'"),
      (["photos", "-o", "link"], "the output folder 'link' is in the input folder 'photos'"),
      (["link", "-o", "photos/maps"], "is in the input folder 'link'"),
      (["cat.jpg", "photos", "-o", "photos/a/b/c"], "is in the input folder 'photos'"),
      (["cat.jpg", "--array", "cat.jpg"], "the array would replace the photo 'cat.jpg'"),
      (["cat.jpg", "--array", "photos/cup.png"], "is an image, which the array would replace"),
    ] as [([String], String)])
  func photosAreKept(arguments: [String], message: String) throws {
    let before = try contents()
    let outcome = try run(arguments)
    #expect(outcome.exitCode == 64 && outcome.stdout.isEmpty)
    #expect(outcome.stderr.contains(message), "\(outcome.stderr)")
    #expect(try contents() == before)
  }

  @Test("a photo that only a list names is not replaced either, nor one that is no input")
  func listedPhotos() throws {
    try folder.write(Data("photos/cup.png\n".utf8), to: "list")
    try folder.copy("coffee.png", to: "elsewhere/cat.png")
    let before = try contents()
    for (arguments, picture) in [
      (["--files-from", "list", "-o", "photos"], "photos/cup-2.png"),
      (["cat.jpg", "-o", "elsewhere"], "elsewhere/cat-2.png"),
    ] {
      let outcome = try run(arguments + ["--jsonl"])
      #expect(outcome.exitCode == 0)
      #expect(outcome.stdout.contains("\"picture\": \"\(picture)\""))
      var after = try contents()
      let written = after.removeValue(forKey: picture)
      #expect(written != nil)
      #expect(after == before)
      try FileManager.default.removeItem(at: folder[picture])
    }
  }

  @Test("a picture of an earlier run is replaced, in a file and in a folder")
  func earlierPictures() throws {
    for arguments in [["cat.jpg", "-o", "why.png"], ["photos/a/cup.jpg", "-o", "photos/a"]] {
      #expect(try run(arguments + ["--size", "100"]).exitCode == 0)
      let first = try contents()
      #expect(try run(arguments + ["--size", "200"]).exitCode == 0)
      let second = try contents()
      #expect(first.keys.sorted() == second.keys.sorted() && first != second)
    }
  }

  @Test("the values can be nested lists in JSON: those of the .npy file")
  func jsonArray() throws {
    let options = ["cat.jpg", "--class", "3", "--class", "5", "--array"]
    #expect(try run(options + ["maps.json"]).exitCode == 0)
    #expect(try run(options + ["maps.npy"]).exitCode == 0)
    let lists = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: folder["maps.json"]))
        as? [[[Double]]])
    #expect(lists.count == 2 && lists.allSatisfy { $0.count == 13 })
    let bytes = try Data(contentsOf: folder["maps.npy"]).dropFirst(128)
    let values = lists.joined().joined()
    #expect(bytes.count == values.count * 4 && values.contains { $0 > 0 })
    for (index, value) in values.enumerated() {
      let first = bytes.startIndex + 4 * index
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[first + $1]) << UInt32(8 * $1) }
      #expect(Float(value) == Float(bitPattern: bits))
    }
  }

  @Test("the array can go to standard output, which then has nothing else")
  func arrayOnStandardOutput() throws {
    #expect(try run(["cat.jpg", "--array", "maps.npy"]).exitCode == 0)
    let outcome = try BuiltProgram.shell(
      "alexnet explain --quiet cat.jpg --array /dev/stdout | cmp - maps.npy", in: folder.url)
    #expect(outcome.exitCode == 0)
  }

  @Test(
    "two outputs never share a place, and options say what they need",
    arguments: [
      (
        ["cat.jpg", "-o", "x.png", "--array", "./x.png"],
        "the picture and the array cannot both go to './x.png'"
      ),
      (
        ["cat.jpg", "-o", "text", "--array", "text/cat.png"],
        "the picture and the array cannot both go to 'text/cat.png'"
      ),
      (
        ["cat.jpg", "--array", "/dev/stdout", "--jsonl"],
        "the array and the records cannot both go to standard output"
      ),
      (
        ["cat.jpg", "--array", "/dev/stdout", "-o", "/dev/fd/1"],
        "the picture and the array cannot both go to '/dev/stdout'"
      ),
      (
        ["cat.jpg", "--size", "100"],
        "--size is that of the picture, which only --output asks for."
      ),
      (["cat.jpg", "--batch-size", "2"], "Unknown option '--batch-size'"),
    ] as [([String], String)])
  func usage(arguments: [String], message: String) throws {
    let before = try contents()
    let outcome = try run(arguments)
    #expect(outcome.exitCode == 64 && outcome.stdout.isEmpty)
    #expect(outcome.stderr.split(separator: "\n").first.map(String.init) == "alexnet: " + message)
    #expect(try contents() == before)
  }

  @Test("a run without pictures leaves no folder for them")
  func noEmptyFolder() throws {
    #expect(try run(["text", "-o", "maps/of/text"]).exitCode == 1)
    #expect(try run(["cat.jpg", "cat.jpg", "-o", "maps", "--class", "unicorn"]).exitCode == 64)
    #expect(try folder.names == ["cat.jpg", "link", "photos", "text"])
    // What cannot become a folder is reported before everything else.
    #expect(try run(["photos", "nothing.jpg", "-o", "cat.jpg/maps"]).exitCode == 73)
  }

  @Test("a photo whose name is as long as names can be has a picture of a shorter name")
  func longName() throws {
    // 125 letters of two bytes each, and one before them: 255 bytes with the extension.
    let name = "x" + String(repeating: "\u{e4}", count: 125) + ".jpg"
    try folder.copy("cat.jpg", to: "long/\(name)")
    let outcome = try run(["long", "-o", "maps", "--size", "100"])
    #expect(outcome.exitCode == 0 && outcome.lines.count == 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder["maps"].path)
    #expect(names == ["x" + String(repeating: "\u{e4}", count: 119) + ".png"])
  }

  @Test("a picture that takes more memory than there is fails, and others do not")
  func memory() throws {
    let classes = (0..<16).flatMap { ["--class", String($0)] }
    let large = try run(
      ["cat.jpg", "--jsonl", "-o", "x.png", "--size", "4096", "--max-memory", "500M"] + classes)
    #expect(large.exitCode == 1 && large.stdout.contains("\"limit_exceeded\""))
    #expect(large.stdout.contains("drawing the picture takes up to"))
    let small = try run(
      ["cat.jpg", "--jsonl", "-o", "x.png", "--size", "300", "--max-memory", "500M"] + classes)
    #expect(small.exitCode == 0)
  }

  @Test("a class that is named twice is explained once")
  func repeatedClass() throws {
    let outcome = try run(
      ["cat.jpg", "--class", "n02123045", "--class", "0", "--class", "n02123045"])
    #expect(outcome.exitCode == 0 && outcome.lines.count == 2)
  }

  @Test("a gradient is not called evidence")
  func gradient() throws {
    let outcome = try run(["cat.jpg", "--method", "gradient", "--boxes"])
    #expect(outcome.stdout.contains("largest gradient at ") && outcome.stdout.contains("; box "))
    #expect(!outcome.stdout.contains("evidence"))
  }

  @Test("an interrupt ends occlusion in the middle of a photo")
  func interrupt() throws {
    let start = ContinuousClock.now
    let outcome = try BuiltProgram.run(
      [
        "explain", "--quiet", "cat.jpg", "--method", "occlusion", "--window", "4", "--stride", "1",
        "-o", "x.png",
      ], in: folder.url, signal: SIGINT, after: 2)
    // All windows take many minutes.
    #expect(outcome.exitCode == 130 && ContinuousClock.now - start < .seconds(60))
    #expect(try folder.names == ["cat.jpg", "link", "photos", "text"])
  }

  @Test("the photos of a tar file have a picture each")
  func archives() throws {
    #expect(try BuiltProgram.shell("tar cf all.tar cat.jpg photos", in: folder.url).exitCode == 0)
    let outcome = try run(["all.tar", "-o", "maps"])
    #expect(outcome.exitCode == 0)
    #expect(outcome.stdout.split(separator: "\n").count == 3)
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: folder["maps"].path))
        == ["cat.png", "cup.png", "cup-2.png"])
    let array = try run(["all.tar", "--array", "a.npy"])
    #expect(array.exitCode == 64 && array.stderr.contains("--array is for one photo"))
  }

  @Test("a second photo from standard input does not follow the first into its file")
  func severalPhotosForOneFile() throws {
    let outcome = try BuiltProgram.shell(
      "tar cf - cat.jpg photos | alexnet explain --quiet - -o why.png", in: folder.url)
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains("there are several photos, and why.png is for one"))
    #expect(!FileManager.default.fileExists(atPath: folder["why.png"].path))
    let one = try BuiltProgram.shell(
      "alexnet explain --quiet - -o why.png <cat.jpg", in: folder.url)
    #expect(one.exitCode == 0)
    #expect(FileManager.default.fileExists(atPath: folder["why.png"].path))
  }
}
