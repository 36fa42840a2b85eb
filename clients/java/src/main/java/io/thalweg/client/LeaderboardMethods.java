package io.thalweg.client;

import com.google.protobuf.Message;
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
import io.thalweg.leaderboard.v1.LeaderboardProto;
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

/** The methods of the leaderboard that clients may call, as its contract has them. */
final class LeaderboardMethods {
  static final ServiceMethod<SubmitScoreRequest, SubmitScoreResponse> SUBMIT_SCORE =
      method(
          "SubmitScore",
          SubmitScoreRequest.getDefaultInstance(),
          SubmitScoreResponse.getDefaultInstance());
  static final ServiceMethod<SubmitScoresRequest, SubmitScoresResponse> SUBMIT_SCORES =
      method(
          "SubmitScores",
          SubmitScoresRequest.getDefaultInstance(),
          SubmitScoresResponse.getDefaultInstance());
  static final ServiceMethod<SubmitScoreToBoardsRequest, SubmitScoreToBoardsResponse>
      SUBMIT_SCORE_TO_BOARDS =
          method(
              "SubmitScoreToBoards",
              SubmitScoreToBoardsRequest.getDefaultInstance(),
              SubmitScoreToBoardsResponse.getDefaultInstance());
  static final ServiceMethod<RemoveMemberRequest, RemoveMemberResponse> REMOVE_MEMBER =
      method(
          "RemoveMember",
          RemoveMemberRequest.getDefaultInstance(),
          RemoveMemberResponse.getDefaultInstance());
  static final ServiceMethod<SetDisplayNameRequest, SetDisplayNameResponse> SET_DISPLAY_NAME =
      method(
          "SetDisplayName",
          SetDisplayNameRequest.getDefaultInstance(),
          SetDisplayNameResponse.getDefaultInstance());
  static final ServiceMethod<ForgetMemberRequest, ForgetMemberResponse> FORGET_MEMBER =
      method(
          "ForgetMember",
          ForgetMemberRequest.getDefaultInstance(),
          ForgetMemberResponse.getDefaultInstance());
  static final ServiceMethod<PutScoresRequest, PutScoresResponse> PUT_SCORES =
      method(
          "PutScores",
          PutScoresRequest.getDefaultInstance(),
          PutScoresResponse.getDefaultInstance());
  static final ServiceMethod<RemoveMembersRequest, RemoveMembersResponse> REMOVE_MEMBERS =
      method(
          "RemoveMembers",
          RemoveMembersRequest.getDefaultInstance(),
          RemoveMembersResponse.getDefaultInstance());
  static final ServiceMethod<PopMembersRequest, PopMembersResponse> POP_MEMBERS =
      method(
          "PopMembers",
          PopMembersRequest.getDefaultInstance(),
          PopMembersResponse.getDefaultInstance());
  static final ServiceMethod<GetPlaceRequest, io.thalweg.leaderboard.v1.Place> GET_PLACE =
      method(
          "GetPlace",
          GetPlaceRequest.getDefaultInstance(),
          io.thalweg.leaderboard.v1.Place.getDefaultInstance());
  static final ServiceMethod<ListRangeRequest, ListRangeResponse> LIST_RANGE =
      method(
          "ListRange",
          ListRangeRequest.getDefaultInstance(),
          ListRangeResponse.getDefaultInstance());
  static final ServiceMethod<CreateBoardRequest, Board> CREATE_BOARD =
      method("CreateBoard", CreateBoardRequest.getDefaultInstance(), Board.getDefaultInstance());
  static final ServiceMethod<UpdateBoardRequest, Board> UPDATE_BOARD =
      method("UpdateBoard", UpdateBoardRequest.getDefaultInstance(), Board.getDefaultInstance());
  static final ServiceMethod<DeleteBoardRequest, DeleteBoardResponse> DELETE_BOARD =
      method(
          "DeleteBoard",
          DeleteBoardRequest.getDefaultInstance(),
          DeleteBoardResponse.getDefaultInstance());
  static final ServiceMethod<ResetBoardRequest, Board> RESET_BOARD =
      method("ResetBoard", ResetBoardRequest.getDefaultInstance(), Board.getDefaultInstance());
  static final ServiceMethod<GetBoardRequest, Board> GET_BOARD =
      method("GetBoard", GetBoardRequest.getDefaultInstance(), Board.getDefaultInstance());
  static final ServiceMethod<ListEntriesRequest, ListEntriesResponse> LIST_ENTRIES =
      method(
          "ListEntries",
          ListEntriesRequest.getDefaultInstance(),
          ListEntriesResponse.getDefaultInstance());
  static final ServiceMethod<GetEntryRequest, Entry> GET_ENTRY =
      method("GetEntry", GetEntryRequest.getDefaultInstance(), Entry.getDefaultInstance());
  static final ServiceMethod<ListEntriesAroundRequest, ListEntriesAroundResponse>
      LIST_ENTRIES_AROUND =
          method(
              "ListEntriesAround",
              ListEntriesAroundRequest.getDefaultInstance(),
              ListEntriesAroundResponse.getDefaultInstance());
  static final ServiceMethod<BatchGetEntriesRequest, BatchGetEntriesResponse> BATCH_GET_ENTRIES =
      method(
          "BatchGetEntries",
          BatchGetEntriesRequest.getDefaultInstance(),
          BatchGetEntriesResponse.getDefaultInstance());
  static final ServiceMethod<CountEntriesRequest, CountEntriesResponse> COUNT_ENTRIES =
      method(
          "CountEntries",
          CountEntriesRequest.getDefaultInstance(),
          CountEntriesResponse.getDefaultInstance());
  static final ServiceMethod<GetImportMarkRequest, ImportMark> GET_IMPORT_MARK =
      method(
          "GetImportMark",
          GetImportMarkRequest.getDefaultInstance(),
          ImportMark.getDefaultInstance());
  static final ServiceMethod<ListSeasonsRequest, ListSeasonsResponse> LIST_SEASONS =
      method(
          "ListSeasons",
          ListSeasonsRequest.getDefaultInstance(),
          ListSeasonsResponse.getDefaultInstance());
  static final ServiceMethod<GetSeasonRequest, Season> GET_SEASON =
      method("GetSeason", GetSeasonRequest.getDefaultInstance(), Season.getDefaultInstance());
  static final ServiceMethod<ListSeasonEntriesRequest, ListSeasonEntriesResponse>
      LIST_SEASON_ENTRIES =
          method(
              "ListSeasonEntries",
              ListSeasonEntriesRequest.getDefaultInstance(),
              ListSeasonEntriesResponse.getDefaultInstance());
  static final ServiceMethod<ListBoardsRequest, ListBoardsResponse> LIST_BOARDS =
      method(
          "ListBoards",
          ListBoardsRequest.getDefaultInstance(),
          ListBoardsResponse.getDefaultInstance());
  static final ServiceMethod<WatchBoardRequest, BoardEvent> WATCH_BOARD =
      method("WatchBoard", WatchBoardRequest.getDefaultInstance(), BoardEvent.getDefaultInstance());

  private LeaderboardMethods() {}

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        LeaderboardProto.getDescriptor().findServiceByName("Leaderboards"), name, request, reply);
  }
}
