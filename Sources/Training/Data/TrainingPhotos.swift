public import Classification
import Images
import Synchronization
public import System
public import Threads

/// Photos that can be used: each was read once. Their pictures are kept in memory as long as there
/// is room, and are decoded again each time otherwise.
public struct TrainingPhotos: Sendable {
  /// A photo that can be decoded.
  public struct Usable: Sendable {
    public let photo: Photo
    let hash: PerceptualHash
    public let contentKey: UInt64
    /// The picture before its centre crops; nil where there was no room for it.
    var picture: RGBImage?
  }

  public private(set) var photos: [Usable] = []
  /// Photos that cannot be used, with the reason, in their order.
  public private(set) var failures: [(path: RawPath, failure: ItemFailure)] = []

  /// How many photos are read between two reports.
  private static let chunk = 64

  /// Reads all photos.
  ///
  /// - Parameters:
  ///   - memory: bytes that pictures may take.
  ///   - onProgress: called with the number of photos that were read since the last call; false
  ///     ends the reading.
  public init(
    _ all: [Photo], reader: PhotoReader, memory: Int, pool: WorkerPool,
    onProgress: (_ read: Int, _ failed: Int) -> Bool
  ) {
    let room = Mutex(memory)
    for start in stride(from: 0, to: all.count, by: Self.chunk) {
      let part = all[start..<min(start + Self.chunk, all.count)]
      let results = pool.map(part.count) { index -> Result<Usable, ItemFailure> in
        let photo = part[start + index]
        do throws(ItemFailure) {
          let found = try reader.widePicture(of: photo)
          let size = found.image.pixels.count
          let isKept = room.withLock { room in
            guard size <= room else { return false }
            room -= size
            return true
          }
          return .success(
            Usable(
              photo: photo, hash: PerceptualHash(found.image), contentKey: found.contentKey,
              picture: isKept ? found.image : nil))
        } catch {
          return .failure(error)
        }
      }
      var failed = 0
      for (photo, result) in zip(part, results) {
        switch result {
        case .success(let usable): photos.append(usable)
        case .failure(let failure):
          failures.append((photo.path, failure))
          failed += 1
        }
      }
      guard onProgress(part.count, failed) else { return }
    }
  }

  /// The bytes of the pictures that are in memory.
  public var pictureBytes: Int { photos.reduce(0) { $0 + ($1.picture?.pixels.count ?? 0) } }

  /// These photos with as many of the pictures that are in memory as these bytes have room for.
  public func keepingPictures(atMost bytes: Int) -> TrainingPhotos {
    var result = self
    var room = bytes
    for index in photos.indices {
      guard let picture = photos[index].picture else { continue }
      if picture.pixels.count <= room {
        room -= picture.pixels.count
      } else {
        result.photos[index].picture = nil
      }
    }
    return result
  }

  /// The classes of ``photos``.
  public var classes: [Int] { photos.map(\.photo.classIndex) }

  /// Copies and near copies among ``photos``.
  ///
  /// - Parameter isStopped: asked now and then; true ends the search.
  public func copyGroups(isStopped: () -> Bool = { false }) -> CopyGroups {
    CopyGroups(photos.map { ($0.hash, $0.contentKey) }, isStopped: isStopped)
  }

  /// A number that stands for the contents, classes and order of ``photos``, and for which classes
  /// are predictions.
  public var contentDigest: UInt64 {
    photos.reduce(UInt64(photos.count)) { digest, usable in
      let label = UInt64(usable.photo.classIndex) << 32 | (usable.photo.isPredicted ? 1 : 0)
      return RandomStream.mix(digest &+ RandomStream.mix(usable.contentKey ^ label))
    }
  }

  /// These photos and then others.
  public func merging(_ others: TrainingPhotos) -> TrainingPhotos {
    var result = self
    result.photos += others.photos
    result.failures += others.failures
    return result
  }

  /// Only the photos at these indices.
  public func selecting(_ indices: [Int]) -> TrainingPhotos {
    var result = self
    result.photos = indices.map { photos[$0] }
    return result
  }

  /// The picture before its centre crops.
  ///
  /// - Throws: why the photo can no longer be read.
  func picture(_ index: Int, reader: PhotoReader) throws(ItemFailure) -> RGBImage {
    if let picture = photos[index].picture { return picture }
    return try reader.widePicture(of: photos[index].photo).image
  }
}
