import Images
public import System

extension LabelledImages {
  /// The images in a folder that has one folder for each class, with all folders below them.
  ///
  /// - Parameter skipsUnknown: leaves out folders that are no class, which are an error otherwise.
  public init(
    folder root: RawPath, classes: ClassNames, skipsUnknown: Bool = false
  ) throws(EvaluationError) {
    let listing = try FolderListing(checking: root)
    guard !listing.directories.isEmpty else {
      throw listing.files.isEmpty
        ? .emptyFolder(root) : .noClassFolders(root, images: listing.files.count)
    }
    var inputs: [InputSource.Input] = []
    var found: [RawPath: Int] = [:]
    var unknown: [String] = []
    for name in listing.directories {
      if let index = try classes.index(of: name.repaired) {
        found[name] = index
        inputs.append(.path(root.appending(name.bytes)))
      } else {
        unknown.append(name.repaired)
      }
    }
    guard unknown.isEmpty || skipsUnknown && !found.isEmpty else {
      throw .unknownClasses(names: unknown, where: root)
    }
    self.init(
      source: InputSource(inputs), unlabelled: listing.files.count, skipped: unknown,
      truth: .folders(prefix: root.appending([0]).bytes.count - 1, classes: found))
  }
}

extension FolderListing {
  /// Lists what has to be a folder.
  init(checking path: RawPath) throws(EvaluationError) {
    do {
      guard try FileStatus(of: path).kind == .directory else {
        throw EvaluationError.notAFolder(path)
      }
      try self.init(of: path, extensions: ImageFormat.allFileExtensions)
    } catch let error as EvaluationError {
      throw error
    } catch let error as SystemError {
      throw .unreadable(error)
    } catch {
      throw .notAFolder(path)
    }
  }
}
