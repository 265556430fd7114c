public import Classification
public import Network
public import System

/// Photos whose classes are known, and the one list of classes that they share.
///
/// The data is one of these:
/// - a folder with one folder for each class, with photos at any depth below it;
/// - a tar file of such folders, which is not unpacked;
/// - a `.csv` file with the columns `path` and `label`;
/// - a `.jsonl` file of objects with `path` and `label`, or what `alexnet classify --jsonl` wrote.
///
/// A folder that holds nothing but the folder of the classes is skipped. Nothing is opened but
/// folders, lists, and headers of tar files.
public struct LabelledPhotos: Sendable {
  /// Sorted byte by byte by the names of the folders, or by WordNet id or label for lists.
  public let classes: [ClassLabel]
  /// Sorted byte by byte by their paths.
  public let photos: [Photo]
  /// What is known to be unusable before it is opened: folders that cannot be listed, lines of a
  /// list that name no photo or no class.
  public let failures: [(path: RawPath, failure: ItemFailure)]
  /// How many files are no photos by their names. For data that holds several sets, those of the
  /// whole data are counted for the training set.
  public let otherFiles: Int
  /// How many photos are in no folder of a class, and were left out.
  public let unlabelled: Int

  init(
    classes: [ClassLabel], photos: [Photo], failures: [(path: RawPath, failure: ItemFailure)],
    otherFiles: Int = 0, unlabelled: Int = 0, where place: RawPath
  ) throws(TrainingDataError) {
    guard !photos.isEmpty else {
      throw .noPhotos(place, otherFiles: otherFiles, failures: failures.count)
    }
    self.classes = classes
    self.photos = photos.sorted { $0.path < $1.path }
    self.failures = failures
    self.otherFiles = otherFiles
    self.unlabelled = unlabelled
  }

  /// Lists the photos of one set.
  ///
  /// - Parameters:
  ///   - classes: the list that another set has fixed, for a validation set; nil makes it from this
  ///     data. A folder or label that is none of them is an error; some of them may have no photo.
  ///   - names: readable names by WordNet id, for classes that are named by an id alone.
  public init(
    _ data: RawPath, classes: [ClassLabel]? = nil, names: [String: String] = [:]
  ) throws(TrainingDataError) {
    if let list = try Self.list(data, classes: classes ?? []) {
      try self.init(list: list, from: data, classes: classes, names: names)
      return
    }
    let tree = try PhotoTree(data)
    let folder = try tree.classFolder(known: classes.map(ClassTable.init))
    if let sets = try tree.sets(in: folder) {
      throw .severalSets(data, folders: [sets.training.repaired, sets.validation.repaired])
    }
    try self.init(tree, folder, part: .all, classes: classes, names: names)
  }

  /// Lists the photos of data that may hold two sets: a folder `train` beside one that is called
  /// `validation`, `valid` or `val`, or else `test`.
  ///
  /// Where there are both, the set for tests is left out. Data of other forms is one set for
  /// training.
  ///
  /// - Parameter names: readable names by WordNet id, for classes that are named by an id alone.
  public static func split(
    _ data: RawPath, names: [String: String] = [:]
  ) throws(TrainingDataError) -> (training: LabelledPhotos, validation: LabelledPhotos?) {
    if let list = try list(data) {
      return (try LabelledPhotos(list: list, from: data, names: names), nil)
    }
    let tree = try PhotoTree(data)
    let folder = try tree.classFolder()
    guard let sets = try tree.sets(in: folder) else {
      return (try LabelledPhotos(tree, folder, part: .all, names: names), nil)
    }
    let training = try LabelledPhotos(
      tree, tree.classFolder(below: sets.training), part: .training(sets), names: names)
    let known = ClassTable(training.classes)
    let validation = try LabelledPhotos(
      tree, tree.classFolder(below: sets.validation, known: known), part: .validation(sets),
      classes: training.classes)
    return (training, validation)
  }

  /// The entries of a list; nil where the data is no list.
  private static func list(
    _ data: RawPath, classes: [ClassLabel] = []
  ) throws(TrainingDataError) -> PhotoList? {
    switch try DataForm(of: data) {
    case .csv: try PhotoList(csv: data)
    case .jsonLines: try PhotoList(jsonLines: data, classes: classes)
    case .folder, .tar: nil
    }
  }
}
