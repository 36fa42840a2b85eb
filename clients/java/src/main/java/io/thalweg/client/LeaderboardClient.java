package io.thalweg.client;

import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesResponse;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.CountEntriesRequest;
import io.thalweg.leaderboard.v1.CountEntriesResponse;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberRequest;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.GetBoardRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.GetImportMarkRequest;
import io.thalweg.leaderboard.v1.GetPlaceRequest;
import io.thalweg.leaderboard.v1.GetSeasonRequest;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.ListBoardsRequest;
import io.thalweg.leaderboard.v1.ListBoardsResponse;
import io.thalweg.leaderboard.v1.ListEntriesAroundRequest;
import io.thalweg.leaderboard.v1.ListEntriesAroundResponse;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.ListRangeRequest;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.PopMembersRequest;
import io.thalweg.leaderboard.v1.PopMembersResponse;
import io.thalweg.leaderboard.v1.PutScoresRequest;
import io.thalweg.leaderboard.v1.PutScoresResponse;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.RemoveMembersRequest;
import io.thalweg.leaderboard.v1.RemoveMembersResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsRequest;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsResponse;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.leaderboard.v1.WatchBoardRequest;

/**
 * The leaderboard, typed. Every method sends its request at once and gives the answer that is on
 * its way; bounds and errors of each are in the contract. Thread-safe.
 */
public final class LeaderboardClient {
  /** A source that nobody imports from: asking for its mark is the cheapest read of a board. */
  private static final String NO_SOURCE = "-";

  private final ThalwegClient client;
  private final CallSettings settings;

  LeaderboardClient(ThalwegClient client, CallSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  /**
   * The same with settings for what is sent through it: {@code
   * leaderboard.with(CallSettings.none().withName("match-71")).submitScore(...)}. A name is that of
   * one request: use it for one, and again only for the very same.
   */
  public LeaderboardClient with(CallSettings value) {
    return new LeaderboardClient(client, value);
  }

  /** Submits one score; a board that does not exist is made. */
  public PendingReply<SubmitScoreResponse> submitScore(SubmitScoreRequest request) {
    return client.call(LeaderboardMethods.SUBMIT_SCORE, request, settings);
  }

  /** Submits one score under whatever operator the board has. */
  public PendingReply<SubmitScoreResponse> submitScore(String board, String member, double score) {
    return submitScore(
        SubmitScoreRequest.newBuilder().setBoard(board).setMember(member).setScore(score).build());
  }

  /** Submits up to 1,000 scores to one board, all or none. */
  public PendingReply<SubmitScoresResponse> submitScores(SubmitScoresRequest request) {
    return client.call(LeaderboardMethods.SUBMIT_SCORES, request, settings);
  }

  /** Submits one score of a member to up to 32 boards; each has it soon after, exactly once. */
  public PendingReply<SubmitScoreToBoardsResponse> submitScoreToBoards(
      SubmitScoreToBoardsRequest request) {
    return client.call(LeaderboardMethods.SUBMIT_SCORE_TO_BOARDS, request, settings);
  }

  /** Removes a member. NOT_FOUND if the board or the member is unknown. */
  public PendingReply<RemoveMemberResponse> removeMember(RemoveMemberRequest request) {
    return client.call(LeaderboardMethods.REMOVE_MEMBER, request, settings);
  }

  /** Sets the name that a member is shown by on a board; personal data that can be forgotten. */
  public PendingReply<SetDisplayNameResponse> setDisplayName(SetDisplayNameRequest request) {
    return client.call(LeaderboardMethods.SET_DISPLAY_NAME, request, settings);
  }

  /** Forgets the display names of a member on all boards, for ever. */
  public PendingReply<ForgetMemberResponse> forgetMember(ForgetMemberRequest request) {
    return client.call(LeaderboardMethods.FORGET_MEMBER, request, settings);
  }

  /** Sets the scores of up to 1,000 members under conditions, as ZADD of Redis does. */
  public PendingReply<PutScoresResponse> putScores(PutScoresRequest request) {
    return client.call(LeaderboardMethods.PUT_SCORES, request, settings);
  }

  /** Removes up to 1,000 members at once; those that are not there are passed over. */
  public PendingReply<RemoveMembersResponse> removeMembers(RemoveMembersRequest request) {
    return client.call(LeaderboardMethods.REMOVE_MEMBERS, request, settings);
  }

  /** Removes those with the lowest or the highest scores, and answers who they were. */
  public PendingReply<PopMembersResponse> popMembers(PopMembersRequest request) {
    return client.call(LeaderboardMethods.POP_MEMBERS, request, settings);
  }

  /** One member's score, and its place from the lowest score up or from the highest down. */
  public PendingReply<io.thalweg.leaderboard.v1.Place> getPlace(GetPlaceRequest request) {
    return client.call(LeaderboardMethods.GET_PLACE, request, settings);
  }

  /** The members within a range of places, scores or names, in order of score. */
  public PendingReply<ListRangeResponse> listRange(ListRangeRequest request) {
    return client.call(LeaderboardMethods.LIST_RANGE, request, settings);
  }

  /** Creates a board. ALREADY_EXISTS if there is one with other settings. */
  public PendingReply<Board> createBoard(CreateBoardRequest request) {
    return client.call(LeaderboardMethods.CREATE_BOARD, request, settings);
  }

  /** Changes settings of a board. */
  public PendingReply<Board> updateBoard(UpdateBoardRequest request) {
    return client.call(LeaderboardMethods.UPDATE_BOARD, request, settings);
  }

  /** Deletes a board with all that it holds. */
  public PendingReply<DeleteBoardResponse> deleteBoard(DeleteBoardRequest request) {
    return client.call(LeaderboardMethods.DELETE_BOARD, request, settings);
  }

  /** Ends the season of a board: archives its standings and empties it. */
  public PendingReply<Board> resetBoard(ResetBoardRequest request) {
    return client.call(LeaderboardMethods.RESET_BOARD, request, settings);
  }

  /** Settings and member count of a board. NOT_FOUND if there is none. */
  public PendingReply<Board> getBoard(GetBoardRequest request) {
    return client.call(LeaderboardMethods.GET_BOARD, request, settings);
  }

  /** As {@link #getBoard(GetBoardRequest)}. */
  public PendingReply<Board> getBoard(String board) {
    return getBoard(GetBoardRequest.newBuilder().setBoard(board).build());
  }

  /** Entries in rank order: from the top, from a rank, or within a range of scores. */
  public PendingReply<ListEntriesResponse> listEntries(ListEntriesRequest request) {
    return client.call(LeaderboardMethods.LIST_ENTRIES, request, settings);
  }

  /** The top of a board: 1 to 1,000 entries. */
  public PendingReply<ListEntriesResponse> top(String board, int count) {
    return listEntries(ListEntriesRequest.newBuilder().setBoard(board).setPageSize(count).build());
  }

  /** One member's entry. NOT_FOUND if the board or the member is unknown. */
  public PendingReply<Entry> getEntry(GetEntryRequest request) {
    return client.call(LeaderboardMethods.GET_ENTRY, request, settings);
  }

  /** As {@link #getEntry(GetEntryRequest)}. */
  public PendingReply<Entry> getEntry(String board, String member) {
    return getEntry(GetEntryRequest.newBuilder().setBoard(board).setMember(member).build());
  }

  /** A member with those who rank just above and below. */
  public PendingReply<ListEntriesAroundResponse> listEntriesAround(
      ListEntriesAroundRequest request) {
    return client.call(LeaderboardMethods.LIST_ENTRIES_AROUND, request, settings);
  }

  /** The entries of the members named, in rank order; unknown ones are left out. */
  public PendingReply<BatchGetEntriesResponse> batchGetEntries(BatchGetEntriesRequest request) {
    return client.call(LeaderboardMethods.BATCH_GET_ENTRIES, request, settings);
  }

  /** How many members there are, or how many within a range of scores. */
  public PendingReply<CountEntriesResponse> countEntries(CountEntriesRequest request) {
    return client.call(LeaderboardMethods.COUNT_ENTRIES, request, settings);
  }

  /** How far a source was imported into a board; row 0 if never. */
  public PendingReply<ImportMark> getImportMark(GetImportMarkRequest request) {
    return client.call(LeaderboardMethods.GET_IMPORT_MARK, request, settings);
  }

  /** The seasons of a board that have ended, the latest first. */
  public PendingReply<ListSeasonsResponse> listSeasons(ListSeasonsRequest request) {
    return client.call(LeaderboardMethods.LIST_SEASONS, request, settings);
  }

  /** One season that has ended. */
  public PendingReply<Season> getSeason(GetSeasonRequest request) {
    return client.call(LeaderboardMethods.GET_SEASON, request, settings);
  }

  /** The archived standings of a season, in rank order. */
  public PendingReply<ListSeasonEntriesResponse> listSeasonEntries(
      ListSeasonEntriesRequest request) {
    return client.call(LeaderboardMethods.LIST_SEASON_ENTRIES, request, settings);
  }

  /** The boards, by name. */
  public PendingReply<ListBoardsResponse> listBoards(ListBoardsRequest request) {
    return client.call(LeaderboardMethods.LIST_BOARDS, request, settings);
  }

  /**
   * The events of a board as they happen, through cuts and restarts: each once, in order. The name
   * and the timeout of these settings do not apply to it.
   */
  public Watch<BoardEvent> watchBoard(String board, WatchFrom from) {
    LeaderboardClient plain = with(CallSettings.none());
    return client.watch(
        LeaderboardMethods.WATCH_BOARD,
        WatchBoardRequest.newBuilder().setBoard(board).build(),
        from,
        () ->
            plain.getImportMark(
                GetImportMarkRequest.newBuilder().setBoard(board).setSource(NO_SOURCE).build()));
  }
}
