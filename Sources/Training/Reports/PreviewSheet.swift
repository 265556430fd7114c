import Classification
import Images
public import Threads

/// Augmented pictures of some training photos on one sheet: a row a photo.
public struct PreviewSheet: Sendable {
  /// The sheet as a PNG file.
  public let file: [UInt8]
  public let photos: Int
  public let views: Int

  private static let rows = 6
  private static let columns = 6

  /// - Throws: ``TrainingError/noPreview(_:)`` where no photo can be read any more.
  public init(
    _ training: TrainingPhotos, settings: TrainingSettings, reader: PhotoReader, inputSize: Int,
    pool: WorkerPool
  ) throws(TrainingError) {
    let preparation = PicturePreparation(
      training, settings: settings, reader: reader, inputSize: inputSize)
    let count = training.photos.count
    let shown = min(Self.rows, count)
    // Spread over all photos, so that several classes are seen.
    let indices = (0..<shown).map { $0 * count / shown }
    let columns = Self.columns
    let results = pool.map(shown * columns) { place in
      Result { () throws(ItemFailure) in
        try preparation.augmented(
          training, indices[place / columns], view: place % columns, size: inputSize)
      }
    }
    // A photo that can no longer be read is left out.
    let pictures = results.compactMap { try? $0.get() }
    do throws(ImageDecodingError) {
      guard let sheet = ContactSheet(columns: columns).picture(of: pictures) else {
        throw ImageDecodingError.empty
      }
      file = try sheet.pngFile()
    } catch {
      throw .noPreview(error.description)
    }
    photos = shown
    views = columns
  }
}
