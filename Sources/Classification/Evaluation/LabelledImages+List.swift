import Images
public import System

extension LabelledImages {
  /// The most bytes that a list may have, enough for two million lines.
  private static let listLimit = 1 << 28

  /// The images in a folder whose classes a list gives. If the list has names of images, it is
  /// those images. Otherwise, it is all images in the folder and the folders below it, in sorted
  /// order.
  ///
  /// Names are relative to `root`, with or without a slash at the beginning, as Caffe's are to its
  /// `root_folder`.
  ///
  /// - Parameter skipsUnknown: whether images of classes that the model does not have are left out.
  ///   If not, they are an error.
  public init(
    folder root: RawPath, listedIn path: RawPath, classes: ClassNames, skipsUnknown: Bool = false
  ) throws(EvaluationError) {
    guard
      try Self.reading({ () throws(SystemError) in try FileStatus(of: root) }).kind == .directory
    else { throw .notAFolder(root) }
    let text = try Self.reading { () throws(SystemError) in
      try readFile(path, limit: Self.listLimit, acceptsFIFO: true)
    }
    let list = try GroundTruthList(text, path: path, classes: classes)
    let images: [(path: RawPath, classIndex: Int?)]
    let unlabelled: Int
    switch list.entries {
    case .named(let entries):
      images = entries.map { (root.appending(Self.relative($0.name)), $0.classIndex) }
      unlabelled = Self.countOthers(beside: images.map(\.path))
    case .ordered(let classes):
      let files = try Self.images(below: root)
      guard files.count == classes.count else {
        throw .countMismatch(list: path, lines: classes.count, images: files.count)
      }
      images = zip(files, classes).map { ($0, $1) }
      unlabelled = 0
    }
    let known = images.compactMap { image in image.classIndex.map { (image.path, $0) } }
    guard list.unknown.isEmpty || skipsUnknown && !known.isEmpty else {
      throw .unknownClasses(names: list.unknown, where: path)
    }
    self.init(
      source: InputSource(known.map { .file($0.0) }), unlabelled: unlabelled,
      skipped: list.unknown, truth: .list(known.map(\.1)))
  }

  private static func relative(_ name: RawPath) -> ArraySlice<UInt8> {
    var bytes = name.bytes[...]
    while bytes.starts(with: [UInt8(ascii: "."), UInt8(ascii: "/")]) { bytes = bytes.dropFirst(2) }
    return bytes.drop { $0 == UInt8(ascii: "/") }
  }

  /// How many images are in the same folders as `paths` without being among them.
  private static func countOthers(beside paths: [RawPath]) -> Int {
    let named = Set(paths)
    return Set(paths.map(\.parent)).reduce(0) { count, folder in
      // If a folder cannot be listed, each of its images will fail, and the records report that.
      let listing = try? FolderListing(of: folder, extensions: ImageFormat.allFileExtensions)
      let images = listing?.files ?? []
      return count + images.count { !named.contains(folder.appending($0.bytes)) }
    }
  }

  private static func images(below root: RawPath) throws(EvaluationError) -> [RawPath] {
    let walk = DirectoryWalk(root, extensions: ImageFormat.allFileExtensions)
    var files: [RawPath] = []
    while let entry = walk.next() {
      switch entry {
      case .file(let path): files.append(path)
      // The classes belong to all images in sorted order. If a folder cannot be read, they would be
      // assigned to the wrong images.
      case .unreadable(_, let error): throw .unreadable(error)
      }
    }
    return files
  }

  private static func reading<Result>(
    _ body: () throws(SystemError) -> Result
  ) throws(EvaluationError) -> Result {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .unreadable(error)
    }
  }
}
