import Images
public import System

extension LabelledImages {
  /// The images in a folder that has one folder for each class. Images in folders inside a class's
  /// folder belong to that class.
  ///
  /// - Parameter skipsUnknown: whether folders that do not have the name of a class are left out.
  ///   If not, they are an error.
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
      throw .unknownClasses(names: classes.suggesting(unknown), where: root)
    }
    self.init(
      source: InputSource(inputs), unlabelled: listing.files.count, skipped: unknown,
      truth: .folders(prefix: root.appending([0]).bytes.count - 1, classes: found))
  }
}

extension LabelledImages {
  /// The folders in a folder, if none of them has the name of a class; else none.
  ///
  /// - Throws: ``EvaluationError`` for what is no folder, or cannot be read.
  public static func foldersWithoutClasses(
    in root: RawPath, _ classes: ClassNames
  ) throws(EvaluationError) -> [RawPath] {
    let folders = try FolderListing(checking: root).directories
    return folders.contains { classes.find($0.repaired) != .none } ? [] : folders
  }
}

extension FolderListing {
  /// Lists the folder at `path`.
  ///
  /// - Throws: ``EvaluationError`` if it is not a folder or cannot be read.
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
