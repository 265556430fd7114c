import Classification
import Network
import System

extension LabelledPhotos {
  /// Which photos of a tree make a set.
  enum Part {
    case all
    case training(PhotoTree.Sets)
    case validation(PhotoTree.Sets)

    func contains(_ path: RawPath) -> Bool {
      switch self {
      case .all: true
      // What is in neither set is counted for training.
      case .training(let sets): !path.isInside(sets.validation)
      case .validation(let sets): path.isInside(sets.validation)
      }
    }

    var countsOtherFiles: Bool {
      if case .validation = self { false } else { true }
    }
  }

  /// The photos of `part` that are in the folders of `folder`, whose names are the classes.
  init(
    _ tree: PhotoTree, _ folder: PhotoTree.ClassFolder, part: Part,
    classes: [ClassLabel]? = nil, names: [String: String] = [:]
  ) throws(TrainingDataError) {
    let place = tree.fullPath(folder.path)
    let failures = tree.failures.filter { part.contains($0.path) }.map {
      (path: tree.fullPath($0.path), failure: $0.failure)
    }
    let otherFiles = part.countsOtherFiles ? tree.otherFiles : 0
    let folders = folder.level.folders
    guard !folders.isEmpty else {
      throw folder.level.photos == 0
        ? .noPhotos(place, otherFiles: otherFiles, failures: failures.count)
        : .noClassFolders(place, photos: folder.level.photos)
    }
    let found = folders.map { ClassName($0.repaired) }
    let table: ClassTable
    if let classes {
      table = ClassTable(classes)
    } else {
      table = try ClassTable(making: found, names: names, where: place)
    }
    let indices =
      classes == nil ? Array(folders.indices) : try table.indices(of: found, where: place)
    let classOfFolder = Dictionary(uniqueKeysWithValues: zip(folders, indices))

    let prefix = folder.path.isEmpty ? 0 : folder.path.bytes.count + 1
    var photos: [Photo] = []
    var unlabelled = 0
    for item in tree.items where part.contains(item.path) {
      let inner = item.path.bytes.dropFirst(prefix)
      guard item.path.isInside(folder.path), let slash = inner.firstIndex(of: UInt8(ascii: "/")),
        let index = classOfFolder[RawPath(inner[..<slash])]
      else {
        unlabelled += 1
        continue
      }
      photos.append(
        Photo(path: tree.fullPath(item.path), content: item.content, classIndex: index))
    }
    try self.init(
      classes: table.classes, photos: photos, failures: failures, otherFiles: otherFiles,
      unlabelled: unlabelled, where: place)
  }
}
