import Classification
import Network
import System
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Makes `paths`, each a file of its own path as text, with the folders above them.
func makeFiles(_ paths: [String], in folder: TemporaryFolder) {
  for path in paths {
    if let slash = path.lastIndex(of: "/") {
      try? makeFolder(folder.path.appending(String(path[..<slash])))
    }
    folder.file(path, path)
  }
}

/// Packs `names` of the folder with the machine's tar.
func makeTar(_ name: String, of names: String, in folder: TemporaryFolder) -> RawPath {
  let path = folder.path.appending(name)
  _ = call(RawPath("cd '\(folder.path)' && tar -cf '\(name)' \(names)")) { unsafe system($0) }
  return path
}

/// Photos as "class: path below `root`".
func described(_ data: LabelledPhotos, below root: RawPath) -> [String] {
  data.photos.map { photo in
    let path = RawPath(photo.path.bytes.dropFirst(root.bytes.count + 1))
    return "\(data.classes[photo.classIndex].label): \(path)"
  }
}

func thrown(_ body: () throws(TrainingDataError) -> Void) -> TrainingDataError? {
  do throws(TrainingDataError) {
    try body()
    return nil
  } catch {
    return error
  }
}

private func error(
  _ data: RawPath, classes: [ClassLabel]? = nil, names: [String: String] = [:]
) -> TrainingDataError? {
  thrown { () throws(TrainingDataError) in
    _ = try LabelledPhotos(data, classes: classes, names: names)
  }
}

private let flowers = [
  ClassLabel(wnid: nil, label: "daisy"), ClassLabel(wnid: nil, label: "rose"),
  ClassLabel(wnid: nil, label: "tulip"),
]

/// Folders and tar archives of them, which must be understood alike.
@Suite struct LabelledPhotosTests {
  enum Form: CaseIterable {
    case folder, tar
  }

  let folder = TemporaryFolder()

  /// The files as data of a form.
  private func data(_ form: Form, _ paths: [String], emptyFolders: [String] = []) -> RawPath {
    folder.folder("data")
    makeFiles(paths.map { "data/" + $0 }, in: folder)
    for name in emptyFolders { folder.folder("data/" + name) }
    return form == .folder
      ? folder.path.appending("data") : makeTar("a.tar", of: "data", in: folder)
  }

  /// Where the photos of `data(_:_:)` are named below.
  private func root(_ form: Form, _ data: RawPath) -> RawPath {
    form == .folder ? data : data.appending("data")
  }

  @Test(
    "photos have the class of the folder that they are in, however deep", arguments: Form.allCases)
  func classFolders(form: Form) throws {
    let data = data(
      form,
      [
        "tulip/z.png", "daisy/deep/er/2.JPEG", "daisy/10.jpg", "daisy/9.jpg", "notes.txt",
        "daisy/notes.txt", "top.jpg", ".hidden/h.jpg", "daisy/.h.jpg", "__MACOSX/daisy/._9.jpg",
      ], emptyFolders: ["rose"])
    let photos = try LabelledPhotos(data)
    #expect(photos.classes == flowers)
    #expect(
      described(photos, below: root(form, data)) == [
        "daisy: daisy/10.jpg", "daisy: daisy/9.jpg", "daisy: daisy/deep/er/2.JPEG",
        "tulip: tulip/z.png",
      ])
    #expect(photos.emptyClasses == ["rose"])
    #expect(photos.otherFiles == 2)
    #expect(photos.unlabelled == 1)
    #expect(photos.failures.isEmpty)
    // Every file has its own path as text.
    var buffer: [UInt8] = []
    for photo in photos.photos {
      let count = try photo.content.read(into: &buffer, limit: 100)
      let text = String(decoding: buffer.prefix(count), as: UTF8.self)
      #expect(photo.path.repaired.hasSuffix("/" + text))
      #expect(throws: SystemError.self) { try photo.content.read(into: &buffer, limit: count - 1) }
    }
  }

  @Test(
    "a folder that holds only the folder of the classes is skipped", arguments: Form.allCases)
  func wrapping(form: Form) throws {
    let data = data(form, ["flowers/v1/daisy/1.jpg", "flowers/v1/rose/2.jpg", "README.md"])
    let photos = try LabelledPhotos(data)
    #expect(photos.classes.map(\.label) == ["daisy", "rose"])
    #expect(
      described(photos, below: root(form, data).appending("flowers/v1"))
        == ["daisy: daisy/1.jpg", "rose: rose/2.jpg"])
  }

  @Test("one folder of photos is one class, and a known class is never skipped")
  func oneClass() throws {
    makeFiles(["a/daisy/1.jpg", "b/daisy/x/1.jpg", "b/daisy/y/2.jpg"], in: folder)
    #expect(try LabelledPhotos(folder.path.appending("a")).classes.map(\.label) == ["daisy"])
    let photos = try LabelledPhotos(folder.path.appending("b"), classes: flowers)
    #expect(photos.photos.map(\.classIndex) == [0, 0])
    #expect(photos.emptyClasses == ["rose", "tulip"])
  }

  @Test("train and validation folders are two sets of the same classes", arguments: Form.allCases)
  func sets(form: Form) throws {
    let data = data(
      form,
      [
        "train/daisy/1.jpg", "train/rose/2.jpg", "train/tulip/3.jpg", "Val/tulip/4.jpg",
        "Val/daisy/5.jpg", "test/rose/6.jpg", "notes/readme.txt", "stray.jpg",
      ])
    let (training, validation) = try LabelledPhotos.split(data)
    let root = root(form, data)
    #expect(
      described(training, below: root)
        == ["daisy: train/daisy/1.jpg", "rose: train/rose/2.jpg", "tulip: train/tulip/3.jpg"])
    // The photo of the set for tests and the one beside the folders.
    #expect(training.unlabelled == 2)
    #expect(training.otherFiles == 1)
    let held = try #require(validation)
    #expect(described(held, below: root) == ["daisy: Val/daisy/5.jpg", "tulip: Val/tulip/4.jpg"])
    #expect(held.classes == flowers)
    #expect(held.emptyClasses == ["rose"])
    #expect(held.unlabelled == 0 && held.otherFiles == 0)
    guard case .severalSets = error(data) else {
      Issue.record("sets are no classes")
      return
    }
  }

  @Test("without a set for validation, the one for tests is it; other folders are classes")
  func otherSets() throws {
    makeFiles(["a/train/d/1.jpg", "a/test/d/2.jpg"], in: folder)
    #expect(try LabelledPhotos.split(folder.path.appending("a")).validation?.photos.count == 1)
    makeFiles(["b/train/1.jpg", "b/test/2.jpg", "b/bus/3.jpg"], in: folder)
    let (training, validation) = try LabelledPhotos.split(folder.path.appending("b"))
    #expect(training.classes.map(\.label) == ["bus", "test", "train"])
    #expect(validation == nil)
    // A lone set is a folder that holds only the folders of the classes.
    makeFiles(["c/train/d/1.jpg", "c/train/e/2.jpg"], in: folder)
    #expect(try LabelledPhotos(folder.path.appending("c")).classes.map(\.label) == ["d", "e"])
  }

  @Test(
    "with a third folder of photos beside two sets, nothing is guessed", arguments: Form.allCases)
  func setsAmongOthers(form: Form) {
    let data = data(form, ["train/d/1.jpg", "train/e/2.jpg", "val/D/3.jpg", "extra/4.jpg"])
    let error = thrown { () throws(TrainingDataError) in _ = try LabelledPhotos.split(data) }
    let folders = ["train", "val", "extra"]
    guard case .severalSets(_, folders) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.advice?.contains("--validation") == true)
  }

  @Test("a class of the validation set that is not trained is an error", arguments: Form.allCases)
  func unknownClasses(form: Form) {
    let data = data(
      form, ["train/daisy/1.jpg", "val/daisy/2.jpg", "val/iris/3.jpg", "val/fern/4.jpg"])
    let error = thrown { () throws(TrainingDataError) in _ = try LabelledPhotos.split(data) }
    #expect(
      error
        == .unknownClasses(names: ["fern", "iris"], where: root(form, data).appending("val")))
  }

  @Test("given classes keep their order, and are found in any case")
  func givenClasses() throws {
    makeFiles(["v/Daisy/1.jpg", "v/golden_retriever/2.jpg", "v/n02012849/3.jpg"], in: folder)
    let classes = [
      ClassLabel(wnid: "n03126707", label: "crane"), ClassLabel(wnid: "n02012849", label: "crane"),
      ClassLabel(wnid: nil, label: "golden retriever"), ClassLabel(wnid: nil, label: "daisy"),
    ]
    let data = folder.path.appending("v")
    let photos = try LabelledPhotos(data, classes: classes)
    #expect(photos.photos.map(\.classIndex) == [3, 2, 1])
    #expect(photos.classes == classes)
    makeFiles(["v/crane/4.jpg"], in: folder)
    #expect(error(data, classes: classes) == .ambiguousClass(name: "crane", where: data))
  }

  @Test("folders named by WordNet ids get readable labels, which two ids may share")
  func wordNetIDs() throws {
    makeFiles(["w/n02012849/1.jpg", "w/n03126707/2.jpg", "w/n00000001/3.jpg"], in: folder)
    let names = ["n02012849": "crane", "n03126707": "crane"]
    let data = folder.path.appending("w")
    #expect(
      try LabelledPhotos(data, names: names).classes == [
        ClassLabel(wnid: "n00000001", label: "n00000001"),
        ClassLabel(wnid: "n02012849", label: "crane"),
        ClassLabel(wnid: "n03126707", label: "crane"),
      ])
    makeFiles(["w/crane/4.jpg"], in: folder)
    #expect(error(data, names: names) == .sameLabel("crane", where: data))
  }

  #if os(Linux)
    @Test("names that are not UTF-8 are repaired; two that look alike then are an error")
    func rawNames() throws {
      let data = folder.folder("raw")
      func add(_ name: [UInt8]) {
        let path = RawPath(Array("raw/".utf8) + name)
        try? makeFolder(folder.path.appending(path.bytes))
        folder.file(path.bytes + Array("/1.jpg".utf8), [1])
      }
      add([0x61, 0xFF])
      let photos = try LabelledPhotos(data)
      #expect(photos.classes.map(\.label) == ["a\u{FFFD}"])
      #expect(photos.photos.first?.path.bytes.contains(0xFF) == true)
      add([0x61, 0xFE])
      #expect(error(data) == .sameLabel("a\u{FFFD}", where: data))
    }
  #endif

  @Test("loops of links end, and each photo is listed once")
  func loops() throws {
    makeFiles(["l/daisy/1.jpg", "l/rose/2.jpg"], in: folder)
    folder.link("l/daisy/up", to: "../..")
    folder.link("l/rose/self", to: ".")
    let photos = try LabelledPhotos(folder.path.appending("l"))
    #expect(photos.photos.count == 2)
    folder.folder("m")
    folder.link("m/self", to: ".")
    #expect(
      error(folder.path.appending("m")).map { if case .noPhotos = $0 { true } else { false } }
        == true)
  }

  @Test(
    "a folder that cannot be listed is a failure, and its class has no photo", .enabled(if: !isRoot)
  )
  func unreadable() throws {
    makeFiles(["u/daisy/1.jpg", "u/rose/2.jpg"], in: folder)
    folder.setMode(folder.path.appending("u/rose"), 0)
    let photos = try LabelledPhotos(folder.path.appending("u"))
    #expect(photos.failures.map(\.path) == [folder.path.appending("u/rose")])
    #expect(photos.failures.map(\.failure.code) == [.permissionDenied])
    #expect(photos.emptyClasses == ["rose"])
  }

  @Test("data without photos, without class folders or of an unknown form is refused")
  func refusals() {
    makeFiles(["flat/1.jpg", "none/daisy/readme.txt", "photo.jpg"], in: folder)
    let flat = folder.path.appending("flat")
    let none = folder.path.appending("none")
    let gone = folder.path.appending("gone")
    let fifo = folder.fifo("data.csv")
    #expect(error(flat) == .noClassFolders(flat, photos: 1))
    #expect(
      error(makeTar("flat.tar", of: "flat", in: folder))
        == nil)
    #expect(error(none) == .noPhotos(none, otherFiles: 1, failures: 0))
    #expect(
      error(folder.path.appending("photo.jpg")) == .unknownForm(folder.path.appending("photo.jpg")))
    #expect(error(gone) == .unreadable(.failed(operation: "read", path: gone, errno: ENOENT)))
    #expect(error(fifo) == .unreadable(.notAFile(path: fifo, kind: .fifo)))
  }
}

/// What only archives have.
@Suite struct PhotoArchiveTests {
  let folder = TemporaryFolder()

  /// A header and contents as any tar writes them.
  private func member(_ name: String, _ contents: String = "x", type: String = "0") -> [UInt8] {
    func octal(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      block.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
    }
    put(name, at: 0)
    put(octal(contents.utf8.count, 11), at: 124)
    put("        " + type, at: 148)
    put("ustar\u{0}00", at: 257)
    put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
    let padding = (512 - contents.utf8.count % 512) % 512
    return block + Array(contents.utf8) + [UInt8](repeating: 0, count: padding)
  }

  private func archive(_ members: [UInt8]..., name: String = "a.tar") -> RawPath {
    folder.file(
      Array(name.utf8), members.flatMap { $0 } + [UInt8](repeating: 0, count: 1024))
  }

  @Test("members that lead outside are failures; links and devices are skipped")
  func outside() throws {
    let path = archive(
      member("a/1.jpg"), member("../b/2.jpg"), member("/b/3.jpg"), member("a/../../4.jpg"),
      member("/etc/passwd"), member("b/5.jpg", "", type: "2"), member("b/6.jpg", "", type: "3"))
    let photos = try LabelledPhotos(path)
    #expect(photos.photos.map(\.path) == [path.appending("a/1.jpg")])
    #expect(photos.failures.count == 3)
    #expect(photos.otherFiles == 2)
    #expect(photos.emptyClasses == ["b"])
  }

  @Test("of members with one name the last counts, and the order of members does not")
  func order() throws {
    let first = archive(
      member("b/1.jpg", "old"), member("a/2.jpg", "2"), member("./b//1.jpg", "new"))
    let photos = try LabelledPhotos(first)
    var buffer: [UInt8] = []
    let contents = try photos.photos.map { photo in
      let count = try photo.content.read(into: &buffer, limit: 10)
      return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
    #expect(contents == ["2", "new"])
    let second = archive(member("b/1.jpg", "new"), member("a/2.jpg", "2"), name: "b.tar")
    #expect(described(photos, below: first) == described(try LabelledPhotos(second), below: second))
  }

  @Test("an archive that has become shorter since it was listed is an error")
  func shortened() throws {
    let path = archive(member("a/1.jpg", "contents"))
    let photos = try LabelledPhotos(path)
    folder.file("a.tar", "short")
    var buffer: [UInt8] = []
    #expect(throws: SystemError.endOfFile(reading: path)) {
      try photos.photos[0].content.read(into: &buffer, limit: 100)
    }
  }

  @Test(
    "an archive is told by its content, a damaged one is an error, a compressed one says how to go on"
  )
  func forms() throws {
    #expect(try LabelledPhotos(archive(member("a/1.jpg"), name: "archive")).photos.count == 1)
    let cut = folder.file(Array("cut.tar".utf8), Array(member("a/1.jpg").dropLast(1)))
    #expect(
      error(cut) == .archive(.damaged(path: cut, offset: 0, problem: .reachesPastTheEnd("a/1.jpg")))
        || error(cut) == .archive(.damaged(path: cut, offset: 1024, problem: .endsEarly)))
    let text = folder.file("text.tar", "this is no archive")
    #expect(error(text) == .archive(.damaged(path: text, offset: 0, problem: .endsEarly)))
    let empty = archive(name: "empty.tar")
    #expect(error(empty) == .noPhotos(empty, otherFiles: 0, failures: 0))
    let signatures: [([UInt8], String)] = [
      ([0x1F, 0x8B, 8], "gunzip"), ([0x28, 0xB5, 0x2F, 0xFD], "unzstd"),
      (Array("PK\u{3}\u{4}".utf8), "unzip"), (Array("BZh91".utf8), "bunzip2"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1], "unxz"),
    ]
    for (bytes, command) in signatures {
      let path = folder.file(Array("data.tar.z".utf8), bytes)
      #expect(error(path)?.advice == "unpack it first: \(command) \(path)")
    }
  }
}

extension LabelledPhotos {
  /// The labels of classes without a photo.
  var emptyClasses: [String] {
    let present = Set(photos.map(\.classIndex))
    return classes.indices.filter { !present.contains($0) }.map { classes[$0].label }
  }
}
