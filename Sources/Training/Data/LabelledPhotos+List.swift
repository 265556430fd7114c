import Network
import System

extension LabelledPhotos {
  /// The photos of a list, with classes sorted by WordNet id or label where none are given.
  init(
    list: PhotoList, from data: RawPath, classes: [ClassLabel]? = nil,
    names: [String: String] = [:]
  ) throws(TrainingDataError) {
    // Each class once, as the first line has it that names it.
    var positions: [String: Int] = [:]
    var found: [ClassName] = []
    for entry in list.entries where positions[entry.name.key] == nil {
      positions[entry.name.key] = found.count
      found.append(entry.name)
    }
    found.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let table: ClassTable
    if let classes {
      table = ClassTable(classes)
    } else {
      table = try ClassTable(making: found, names: names, where: data)
    }
    let indices =
      classes == nil ? Array(found.indices) : try table.indices(of: found, where: data)
    let indexOfKey = Dictionary(uniqueKeysWithValues: zip(found.map(\.key), indices))
    let photos = list.entries.compactMap { entry in
      indexOfKey[entry.name.key].map { index in
        let path = list.photoPath(entry.path)
        return Photo(
          path: path, content: .file(path), classIndex: index, isPredicted: entry.isPredicted)
      }
    }
    try self.init(
      classes: table.classes, photos: photos, failures: list.failures, where: data)
  }
}
