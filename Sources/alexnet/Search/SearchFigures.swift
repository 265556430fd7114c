/// What was measured about comparisons of photos, with the built-in model and fc7. A new built-in
/// model needs new figures: `Scripts/search-figures.py` measures them.
enum SearchFigures {
  /// The lowest similarity of near copies, where no other is asked for.
  static let duplicateThreshold: Float = 0.95

  /// How well that threshold does.
  static let duplicates = """
    The default threshold was measured with the built-in model on 1000 photos of flowers.
    """
}
